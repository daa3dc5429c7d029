(println "ÿþ")
