# 10^6 fibers sleep 0 to 1 s: the 99th percentile of how late they wake, in ms. The processor time is the runner's to measure.
# Argument: `at-once` spawns all before the first starts; `yielding` lets others run after every thousand (Go and Erlang preempt).
(def count 1000000)
(def late @[])  # how many were late by i milliseconds
(repeat 60000 (push late 0))
(def @seed 1)
(defn next-delay []
  (assign seed (mod (+ (* seed 1103515245) 12345) 2147483648))
  (/ seed 2147483648.0))
(defn sleeper [delay]
  (let [due (+ (clock/monotonic) delay)]
    (ev/sleep delay)
    (let [ms (floor (* 1000 (- (clock/monotonic) due)))]
      (assert (>= ms 0) "never early")
      (put late ms (+ 1 (get late ms))))))
(def batch (get {"at-once" count "yielding" 1000} (get (sys/args) 0)))
(defn run []
  (def fibers @[])
  (repeat (/ count batch)
    (repeat batch (let [delay (next-delay)] (push fibers (ev/spawn (fn [] (sleeper delay))))))
    (yield))
  (each f fibers (ev/join f)))
(run)
(assert (= (sum late) count) "every sleeper woke once")
(def @ms 0)
(def @seen (get late 0))
(while (< seen (* 0.99 count)) (assign ms (+ ms 1)) (assign seen (+ seen (get late ms))))
(println "bench: " ms)
