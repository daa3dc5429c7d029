# Functions of integers, which have an unboxed body at --opt 2: the same results in every respect, whatever the arguments are.
(include-file "../_check.lisp")

(def biggest 9223372036854775807)
(def smallest (- 0 9223372036854775807 1))
(def fixnum-max 4611686018427387903)

# --- recursion, accumulators, loops ------------------------------------------------------------------------------------
(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
(check (map fib [0 1 2 10 20]) [0 1 1 55 6765])
(check (fib 10.0) 55.0)
(check (fib 1.5) 1.5)
(check (fib smallest) smallest)
(check-error (fib "x") :type-error)
(check-error (fib nil) :type-error)
(check-error (apply fib []) :arity-error)
(check-error (apply fib [1 2]) :arity-error)

(defn ack [m n] (cond (= m 0) (+ n 1) (= n 0) (ack (- m 1) 1) (ack (- m 1) (ack m (- n 1)))))
(check (ack 2 9) 21)
(check (ack 2 3.0) 9)

(defn sum-to [n acc] (if (= n 0) acc (sum-to (- n 1) (+ acc n))))
(check (sum-to 1000000 0) 500000500000)
(check (sum-to 10 0.5) 55.5)
(check (sum-to 10 fixnum-max) 4611686018427387958)

(defn collatz [n]
  (def @steps 0)
  (def @m n)
  (while (> m 1)
    (assign m (if (= (mod m 2) 0) (/ m 2) (+ 1 (* 3 m))))
    (assign steps (+ steps 1)))
  steps)
(check (map collatz [1 7 27 97]) [0 16 111 118])
(check (collatz biggest) (collatz biggest))

(defn six [a b c d e f] (if (= a 0) (- (+ b (* 10 c)) (+ d (* e f))) (six (- a 1) c b d f e)))
(check (six 5 1 2 3 4 5) -11)
(check (six 5 1 2 3 4 5.0) -11.0)
(check (six 5 1 2 3 4 biggest) 13)

# --- division -----------------------------------------------------------------------------------------------------------
(defn gcd [a b] (if (= b 0) a (gcd b (mod a b))))
(check (gcd 1071 462) 21)
(check (gcd -12 18) 6)
(check (gcd 12 -18) -6)
(check (gcd smallest -1) -1)
(check-error (gcd 6 4.0) :type-error)

(defn gcd-rem [a b] (if (not= b 0) (gcd-rem b (rem a b)) a))
(check (gcd-rem -1071 462) 21)
(check (gcd-rem 1071 -462) -21)

(defn digits [n base] (if (and (> base 1) (> n 0)) (+ 1 (digits (/ n base) base)) 0))
(check (digits 123456 10) 6)
(check (digits 255 1) 0)

(defn ratio [n d k] (cond (= k 0) 0 (= d 0) -1 (+ (/ n d) (rem n d) (mod n d) (ratio n d (- k 1)))))
(check (ratio 7 -1 1) -7)
(check (ratio -7 2 2) -6)
(check (ratio 7 -2 1) -3)
(check (ratio 7 0 5) -1)
(check (ratio smallest -1 1) smallest)

(defn by-constants [n k] (if (= k 0) 0 (+ (/ n 7) (rem n 7) (mod n 7) (/ n -1) (mod n -7) (by-constants n (- k 1)))))
(check (by-constants 100 1) -87)
(check (by-constants -100 2) 174)

(defn unchecked [a b k] (if (= k 0) (/ a b) (unchecked a b (- k 1))))
(check (unchecked 7 2 3) 3)
(check-error (unchecked 7 0 3) :division-by-zero)

# --- wrapping -----------------------------------------------------------------------------------------------------------
(defn power [b n] (if (= n 0) 1 (* b (power b (- n 1)))))
(check (power 3 5) 243)
(check (power 2 62) 4611686018427387904)
(check (power 2 63) smallest)
(check (power 2 64) 0)
(check (power -3 41) (* -3 (power 3 40)))
(check (power 1.5 2) 2.25)
(check (hash (power 2 62)) (hash 4611686018427387904))
(check (type-of (power 2 62)) (type-of 1))

(defn climb [x n] (if (= n 0) x (climb (+ x 1) (- n 1))))
(check (climb fixnum-max 1) 4611686018427387904)
(check (climb (- -1 fixnum-max) 0) -4611686018427387904)
(check (climb biggest 1) smallest)
(defn sink [x n] (if (= n 0) x (sink (- x fixnum-max) (- n 1))))
(check (sink 0 1) -4611686018427387903)
(check (sink -2 1) -4611686018427387905)
(check (sink 0 4) 4)

# --- truth values, constants, several functions ---------------------------------------------------------------------------
(defn even-steps? [n] (if (= n 0) true (odd-steps? (- n 1))))
(defn odd-steps? [n] (if (= n 0) false (even-steps? (- n 1))))
(check (map even-steps? [0 1 10 11]) [true false true false])
(check (even-steps? 1000000) true)
(check (even-steps? 4.0) true)

(defn divides? [d n] (= (mod n (if (= d 0) 1 d)) 0))
(defn no-divisor? [n d] (if (> (* d d) n) true (if (= (mod n 2) 0) false (no-divisor? n (+ d 1)))))
(check [(divides? 3 9) (divides? 0 5) (no-divisor? 35 2) (no-divisor? 36 2)] [true true true false])

(defn square [x] (* x x))
(defn squares [n] (if (= n 0) 0 (+ (square n) (squares (- n 1)))))
(check (squares 10) 385)
(check (squares 3.0) 14.0)
(check (square fixnum-max) -9223372036854775807)

(defn countdown [@n] (while (> n 0) (assign n (- n 1))) n)
(defn countdown-of [n] (def @k n) (while (> k 0) (assign k (- k 1))))
(check [(countdown 10) (countdown -3) (countdown 2.5) (countdown-of 10)] [0 -3 -0.5 nil])
(defn name-of [n] (if (= n 0) :zero (name-of (- n 1))))
(check (name-of 5) :zero)
(defn maybe [n] (if (= n 0) nil (if (= n 1) 1 (maybe (- n 2)))))
(check [(maybe 4) (maybe 5)] [nil 1])
(defn compares [a b] (if (or (< a b) (<= a -5) (>= b 10)) (if (not= a b) 1 2) (if (> a 0) (compares (- a 1) b) 4)))
(check [(compares 1 2) (compares -5 -6) (compares 5 3) (compares -2 -3)] [1 1 1 4])

(defn mutual-a [n acc] (if (<= n 0) acc (mutual-b (- n 1) (+ acc 1))))
(defn mutual-b [n acc] (if (<= n 0) (- 0 acc) (mutual-a (- n 1) (* acc 1))))
(check [(mutual-a 1000001 0) (mutual-a 10 0)] [-500001 5])
(defn fewer [n] (if (<= n 0) 0 (more (- n 1) n)))
(defn more [n m] (if (<= n 0) m (fewer (- n 1))))
(check [(fewer 1000000) (fewer 999999)] [0 1])

# A parameter takes anything where the function is called by value; generic callers pass the bodies what they have.
(check (map (fn [f] (f 6)) [fib squares square collatz]) [8 91 36 8])
(check (ev/join (ev/spawn (fn [] (fib 15)))) 610)

# --- stack, fuel, errors ---------------------------------------------------------------------------------------------------
(defn down [n] (if (= n 0) 0 (+ 1 (down (- n 1)))))
(check (down 100000) 100000)
(defn overflow [n] (try (down n) (catch e [e:error e:reason])))
(check (overflow 1000000000) [:stack-overflow :depth])
(check (overflow 1000000000.0) [:stack-overflow :depth])
(check (ev/join (ev/spawn (fn [] (overflow 1000000000)))) [:stack-overflow :depth])
(check (down 1000) 1000)

# Fuel is spent as the generic body spends it: floats take that one.
(defn spent [thunk]
  (let [f (fiber/new thunk :fuel)]
    (fiber/set-fuel f 1000000)
    (fiber/resume f)
    (- 1000000 (fiber/fuel f))))
(check (spent (fn [] (fib 10))) (spent (fn [] (fib 10.0))))
(check (spent (fn [] (sum-to 100 0))) (spent (fn [] (sum-to 100 0.0))))
(check (spent (fn [] (even-steps? 100))) (spent (fn [] (even-steps? 100.0))))
(check (spent (fn [] (squares 100))) (spent (fn [] (squares 100.0))))
(def limited (fiber/new (fn [] (fib 20)) :fuel))
(fiber/set-fuel limited 100)
(fiber/resume limited)
(check [(fiber/status limited) (fiber/fuel limited)] [:paused 0])
(fiber/set-fuel limited 1000000)
(check (fiber/resume limited) 6765)
