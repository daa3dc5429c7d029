# Calls in tail position run in constant stack: self, mutual, first-class, variadic, through apply and splice (03 section 4.5).
# 10^8 rounds each: run by hand, takes some seconds.
(def rounds 100000000)

(defn self-loop [n acc] (if (= n 0) acc (self-loop (- n 1) (+ acc 1))))
(assert (= (self-loop rounds 0) rounds) "self")

(defn even-steps? [n] (if (= n 0) true (odd-steps? (- n 1))))
(defn odd-steps? [n] (if (= n 0) false (even-steps? (- n 1))))
(assert (even-steps? rounds) "mutual")

(defn hop [next n] (if (= n 0) :landed (next next (- n 1))))
(assert (= (hop hop rounds) :landed) "first-class")

(defn many [n a b c d e] (if (= n 0) [a b c d e] (many (- n 1) b c d e a)))
(assert (= (many rounds 1 2 3 4 5) [1 2 3 4 5]) "six arguments")

(defn variadic [n & rest] (if (= n 0) rest (variadic (- n 1) n 2)))
(assert (= (variadic rounds) (list 1 2)) "variadic")

(defn through-apply [n] (if (= n 0) :done (apply through-apply [(- n 1)])))
(assert (= (through-apply rounds) :done) "apply")

(defn through-splice [n x] (if (= n 0) x (through-splice ;[(- n 1) x])))
(assert (= (through-splice rounds :x) :x) "splice")

(defn in-branches [n]
  (cond (= n 0) :out
        (= (mod n 3) 0) (let [m (- n 1)] (in-branches m))
        (begin nil (and true (or false (in-branches (- n 1)))))))
(assert (= (in-branches rounds) :out) "let, cond, begin, and, or")

(defn from-handler [n] (if (= n 0) :end (try (error n) (catch e (from-handler (- e 1))))))
(assert (= (from-handler rounds) :end) "a handler's last form")

(assert (= (ev/join (ev/spawn (fn [] (self-loop rounds 0)))) rounds) "in a spawned fiber")
