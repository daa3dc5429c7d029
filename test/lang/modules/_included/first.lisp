(defn thrower [x] (+ 1 (error x)))
