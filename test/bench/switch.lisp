# Two fibers that yield to each other through the run queue: nanoseconds per switch.
(def rounds 1000000)
(defn spin []
  (def @i 0)
  (while (< i rounds) (yield) (assign i (+ i 1))))
(def start (clock/monotonic))
(ev/join [(ev/spawn spin) (ev/spawn spin)])
(println "bench: " (/ (* 1e9 (- (clock/monotonic) start)) (* 2 rounds)))
