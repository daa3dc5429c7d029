# A def without its value
(def limit)
(println limit)
