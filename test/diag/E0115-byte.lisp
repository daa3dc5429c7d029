# A byte larger than 255
(def header b[0x1f 0x8b 256])
