# A tree of fibers with 10^6 leaves, ten children each; the sum of the leaves' numbers is joined upwards. Nanoseconds per leaf.
(include-file "_clock.lisp")
(def leaves 1000000)
(defn skynet [number size]
  (if (= size 1) number
    (let [part (/ size 10) children @[]]
      (def @i 0)
      (while (< i 10)
        (let [first-leaf (+ number (* i part))] (push children (ev/spawn (fn [] (skynet first-leaf part)))))
        (assign i (+ i 1)))
      (def @sum 0)
      (each child children (assign sum (+ sum (ev/join child))))
      sum)))
(def start (now))
(def sum (skynet 0 leaves))
(def seconds (- (now) start))
(assert (= sum 499999500000) "sum of the leaves")
(println "bench: " (/ (* 1e9 seconds) leaves))
