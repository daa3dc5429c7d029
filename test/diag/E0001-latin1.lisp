# A file saved in an encoding other than UTF-8
(println "café")
