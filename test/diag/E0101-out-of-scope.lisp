# A name used outside its scope
(let [size 3]
  (println size))
(println size)
