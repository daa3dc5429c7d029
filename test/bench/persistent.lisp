# One operation on an immutable collection of N entries, made step by step: nanoseconds per operation, the loop included.
#   persistent.lisp put|push|add|get|nth N (put and get: a struct, push and nth: an array, add: a set)
(def (op size) (sys/args))
(def n (parse-int size))
(random/seed 1)
(def spots (map (fn [_] (random/int n)) (range 1024)))

# What each step makes of the collection; pushes start again from the first one after 64, so that its size stays near N.
(def indices (range n))
(def base
  (match op
    "push" indices
    "nth"  indices
    "add"  (seq->set (map (fn [i] (* 2 i)) indices))
    _      (from-pairs (map (fn [i] [i i]) indices))))
(def step
  (match op
    "put"  (fn [c i] (put c (spots (rem i 1024)) i))
    "push" (fn [c i] (push (if (= 0 (rem i 64)) base c) i))
    "add"  (fn [c i] (add (if (= 0 (rem i 64)) base c) (+ 1 (* 2 (spots (rem i 1024))))))
    "get"  (fn [c i] (get c (spots (rem i 1024))) c)
    _      (fn [c i] (nth (spots (rem i 1024)) c) c)))

(defn rounds [c count]
  (def @c c)
  (def @i 0)
  (while (< i count)
    (assign c (step c i))
    (assign i (+ i 1)))
  c)

(def warm (match op "get" (put base 0 0) "nth" (put base 0 0) _ (rounds base 8)))
(defn measure [count]
  (let [start (clock/cpu)]
    (rounds warm count)
    (let [spent (- (clock/cpu) start)]
      (if (or (> spent 0.3) (>= count 4000000)) (/ (* 1e9 spent) count) (measure (* 4 count))))))
(println "bench: " (measure 16))
