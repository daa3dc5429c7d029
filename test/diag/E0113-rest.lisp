# A parameter behind the rest
(defn log [& parts level] (println level parts))
