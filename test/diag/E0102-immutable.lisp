# A store into a name that is not mutable
(def hits 0)
(defn hit [] (assign hits (+ hits 1)))
