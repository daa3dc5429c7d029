:bom
