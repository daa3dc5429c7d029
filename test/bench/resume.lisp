# A generator resumed by hand: nanoseconds per resume + yield.
(def rounds 2000000)
(def gen (fiber/new (fn [] (forever (yield 1))) :yield))
(def start (clock/monotonic))
(def @i 0)
(while (< i rounds) (fiber/resume gen) (assign i (+ i 1)))
(println "bench: " (/ (* 1e9 (- (clock/monotonic) start)) rounds))
