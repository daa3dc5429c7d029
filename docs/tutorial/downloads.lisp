# Five slow downloads, at most two at a time, and a deadline.
(defn download [n]
  (ev/sleep (/ n 100.0))
  (when (= n 4) (error :not-found))
  (* n 1000))

(println (ev/map-limited download [3 1 2] 2))
(println (ev/timeout 0.01 (fn [] (download 5))))
(println (protect (ev/map download [1 2 3 4 5])))
