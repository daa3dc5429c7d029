# For tests of what collections do: makes them happen.
(defn live [] (get (ev/stats) :live))
(defn collect-until [done?]
  "Makes garbage until it is so."
  (def @tries 0)
  (while (and (not (done?)) (< tries 40))
    (assign tries (+ tries 1))
    (repeat 50 (freeze (range 20000)))
    (ev/sleep 0))
  (done?))
