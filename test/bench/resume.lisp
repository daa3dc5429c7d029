# A generator resumed by hand: nanoseconds per resume + yield.
(include-file "_clock.lisp")
(def rounds 2000000)
(def gen (fiber/new (fn [] (def @n 0) (forever (assign n (+ n 1)) (yield n))) :yield))
(defn drain []
  (def @i 0)
  (def @sum 0)
  (while (< i rounds) (assign sum (+ sum (fiber/resume gen))) (assign i (+ i 1)))
  sum)
(def start (now))
(def sum (drain))
(def seconds (- (now) start))
(assert (= sum (/ (* rounds (+ rounds 1)) 2)) "sum of what was yielded")
(println "bench: " (/ (* 1e9 seconds) rounds))
