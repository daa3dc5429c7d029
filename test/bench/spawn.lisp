# 10^6 fibers spawned, then joined: nanoseconds each.
(def count 1000000)
(def start (clock/monotonic))
(def fibers @[])
(def @i 0)
(while (< i count) (push fibers (ev/spawn (fn [] i))) (assign i (+ i 1)))
(each f fibers (ev/join f))
(println "bench: " (/ (* 1e9 (- (clock/monotonic) start)) count))
