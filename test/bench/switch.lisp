# Two fibers that yield to each other through the run queue: nanoseconds per switch.
(include-file "_clock.lisp")
(def rounds 1000000)
(defn spin []
  (def @i 0)
  (while (< i rounds) (yield) (assign i (+ i 1)))
  i)
(def start (now))
(def counts (ev/join [(ev/spawn spin) (ev/spawn spin)]))
(def seconds (- (now) start))
(assert (= counts [rounds rounds]) "both yielded to the end")
(println "bench: " (/ (* 1e9 seconds) (* 2 rounds)))
