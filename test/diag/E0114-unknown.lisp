# A signal that nobody declared
(defn checkpoint [] (emit :checkpoint 1))
