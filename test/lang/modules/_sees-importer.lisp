(importer-name)
