# A fiber that fails and is joined with its error: nanoseconds.
(include-file "_clock.lisp")
(def count 300000)
(defn run []
  (def @sum 0)
  (def @i 0)
  (while (< i count)
    (let [n i
          [ok? e] (ev/join-protected (ev/spawn (fn [] (error n))))]
      (assert (not ok?) "it failed")
      (assign sum (+ sum e)))
    (assign i (+ i 1)))
  sum)
(def start (now))
(def sum (run))
(def seconds (- (now) start))
(assert (= sum (/ (* count (- count 1)) 2)) "sum of the errors")
(println "bench: " (/ (* 1e9 seconds) count))
