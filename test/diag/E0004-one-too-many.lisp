# One closer too many
(defn greet [name]
  (println "hello " name)))
