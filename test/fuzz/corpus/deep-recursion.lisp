(defn f [n] (+ 1 (f (+ n 1))))
(try (f 0) (catch e (println (get e :error))))