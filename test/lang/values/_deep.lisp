# Data nested `levels` deep in every kind of collection: each operation works or raises a clean error, in the main fiber and
# in another one. The one who includes this defines levels and the checks.
(defn nest [n wrap] (def @v 1) (repeat n (assign v (wrap v))) v)
(defn nest-mixed [n]
  (def @v 1)
  (def @i 0)
  (while (< i n)
    (assign v (case (mod i 6) 0 (list v) 1 [v] 2 {:k v} 3 (box v) 4 @[v] @{:k v}))
    (assign i (+ i 1)))
  v)
# A set freezes what it is given, which is a walk through all of it: fewer levels, else building takes forever.
(def kinds
  [(fn [] (nest levels list)) (fn [] (nest levels array)) (fn [] (nest levels @array))
   (fn [] (nest levels box)) (fn [] (nest levels (fn [v] {:a v}))) (fn [] (nest levels (fn [v] @{:a v}))) (fn [] (nest-mixed levels))
   (fn [] (nest 300 set)) (fn [] (nest 300 (fn [v] {v 1})))])
(defn answer-of [f] (let [[ok? v] (protect (f))] (if ok? v (get v :error))))
(defn one-of? [allowed f] (let [v (answer-of f)] (if (has? allowed v) true v)))

(defn check-deep-reading [a b]
  (check (one-of? |true| (fn [] (= a b))) true)
  (check (one-of? |0| (fn [] (compare a b))) true)
  (check (one-of? |true| (fn [] (= (hash a) (hash b)))) true)
  (check (one-of? |2| (fn [] (length (sort [b a])))) true)
  (check (one-of? |1| (fn [] (length (distinct [a b])))) true)
  (check (one-of? |0 :type-error| (fn [] (length (del {a 1} b)))) true)
  (check (one-of? |:x :no| (fn [] (match a [[[x]]] :x {:k {:k x}} :x ((x)) :x _ :no))) true)
  (check (one-of? |:ok :type-error| (fn [] (let [[[[x]]] a] :ok))) true))
(defn check-deep-building [a b]
  (check (one-of? |true :stack-overflow| (fn [] (= a (deep-freeze b)))) true)
  (check (one-of? |1 :stack-overflow| (fn [] (length (set a b)))) true)
  (check (one-of? |true :stack-overflow| (fn [] (has? (set a) b))) true)
  (check (one-of? |true :stack-overflow :type-error| (fn [] (pos? (length (flatten [a]))))) true))
