# Two fibers that talk over queues, and what a round trip costs.
(def sync ((import "std/sync")))
(def to-pong (sync:make-queue 1))
(def to-ping (sync:make-queue 1))
(def rounds 10000)

(def pong (ev/spawn (fn []
  (def @message (to-pong:take))
  (while message
    (to-ping:put [:pong message])
    (assign message (to-pong:take))))))

(def seconds (second (time/elapsed (fn []
  (each i in (range rounds)
    (to-pong:put i)
    (assert (= (to-ping:take) [:pong i]) "the answer belongs to the question"))
  (to-pong:close)
  (ev/join pong)))))

(println rounds " round trips")
(eprintln (string/format "{:.2f} microseconds each" (* 1e6 (/ seconds rounds))))
