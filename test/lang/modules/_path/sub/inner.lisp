:sub
