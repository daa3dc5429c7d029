# 02 sections 3 to 5: = , identical?, compare and hash agree with each other over a table of values of every kind.
# timeout: 300
(include-file "../_check.lisp")
(def nan (math/nan))
(def f1 (fn [] 1))
(def box1 (box 1))
(def par (make-parameter 1))
(def fib (fiber/new (fn [] 1) 0))
# In ascending order; the values of one row are equal to each other.
(def rows
  [[nil] [false] [true]
   [(math/-inf)] [-9223372036854775808 -9223372036854775808.0] [-4611686018427387905] [-4611686018427387904 -4611686018427387904.0]
   [-1.5] [-1 -1.0] [0 0.0 -0.0] [5e-324] [0.5] [1 1.0] [9007199254740992 9007199254740992.0] [9007199254740993]
   [4611686018427387903] [4611686018427387904 4611686018427387904.0] [9223372036854775807] [9223372036854775808.0] [(math/inf)]
   [nan (- nan)]
   ['a] ['b] ['b:c] [:A] [:a] [:aa] [:b] ["" @""] ["a" @"a"] ["aa"] ["a\u{301}"] ["b"] ["é"] ["\u{FFFF}"] ["\u{10000}"]
   [()] [(list nil)] [(list 1 2) (list 1.0 2)] [(list 1 2 3)] [(list 2)] [(list (list)) ] [(list [1])]
   [[] @[]] [[nil]] [[1] @[1] [1.0]] [[1 2] @[1 2.0]] [[2]] [[[]] @[@[]]] [[[1]]]
   [b[] @b[]] [b[0]] [b[1 2] @b[1 2]] [b[1 3]] [b[200]]
   [{} @{}] [{nil 1}] [{1 1}] [{:a 1} @{:a 1} {:a 1.0}] [{:a 1 :b 0}] [{:a 2}] [{:a [1]} {:a @[1]}] [{:b 0}]
   [|| @||] [|nil|] [|1| @|1| |1.0|] [|1 2| @|2 1|] [|2|] [|[1]| (set @[1])]])
(def table @[])
(each row in rows (each v in row (push table v)))
(def row-of @[])
(def @i 0)
(each row in rows (each v in row (push row-of i)) (assign i (+ i 1)))
(def size (length table))
(check (> size 90) true)
(defn wrong-pairs [right?]
  (def bad @[])
  (each a in (range size)
    (each b in (range size)
      (unless (right? (get table a) (get table b) (compare (get row-of a) (get row-of b)))
        (push bad [(get table a) (get table b)]))))
  (freeze bad))
(check (wrong-pairs (fn [a b order] (= (compare a b) order))) [])
(check (wrong-pairs (fn [a b order] (= (compare a b) (- (compare b a))))) [])
(check (wrong-pairs (fn [a b order] (= (= a b) (= order 0)))) [])
(check (wrong-pairs (fn [a b order] (= (not= a b) (not (= order 0))))) [])
(check (wrong-pairs (fn [a b order] (if (= order 0) (= (hash a) (hash b)) true))) [])
(check (wrong-pairs (fn [a b order] (if (identical? a b) (= order 0) true))) [])
(check (wrong-pairs (fn [a b order] (= (compare [a 0] [b 0]) (compare @[a 0] [b 0]) (compare (list 1 a) (list 1 b)) order))) [])
(check (wrong-pairs (fn [a b order] (= (compare {:k a} @{:k b}) (compare [{:k [a]}] [{:k [b]}]) order))) [])
(check (wrong-pairs (fn [a b order] (= (= [[a]] @[@[b]]) (= {:k a} {:k b}) (= (set a) (set b)) (= (list a) (list b)) (= order 0)))) [])
(check (wrong-pairs (fn [a b order] (= (length (set a b)) (if (= order 0) 1 2)))) [])
(check (wrong-pairs (fn [a b order] (= (has? (set a 7.25 'zz) b) (or (= order 0) (= b 7.25))))) [])
(check (wrong-pairs (fn [a b order] (= (compare (set a) (set b)) order))) [])
# Transitive: sorting any arrangement gives the order of the rows.
(random/seed 11)
(repeat 20
  (check (map (fn [v] (get row-of (find-index (fn [x] (= x v)) table))) (sort (random/shuffle (freeze table)))) (freeze row-of)))
(check (map (fn [v] (get row-of (find-index (fn [x] (= x v)) table))) (->array (set ;table))) (range (length rows)))
(check (all? (fn [v] (= v v)) table) true)
(check (all? (fn [v] (identical? v v)) table) true)
(check (all? (fn [v] (= 0 (compare v v))) table) true)

# --- freezing does not change what a value is equal to -----------------------------------------------------------------------------
(check (filter (fn [v] (not= v (deep-freeze v))) (freeze table)) [])
(check (filter (fn [v] (not= (hash v) (hash (deep-freeze v)))) (freeze table)) [])
(check (filter (fn [v] (mutable? (deep-freeze v))) (freeze table)) [])

# --- reference kinds ------------------------------------------------------------------------------------------------------------------
(each v in [f1 + par fib box1 (read "x")]
  (check (= v v) true)
  (check (compare v v) 0)
  (check (= (hash v) (hash v)) true))
(check (= f1 (fn [] 1)) false)
(check (not= (compare f1 (fn [] 1)) 0) true)
(check (= par (make-parameter 1)) false)
(check (= fib (fiber/new (fn [] 1) 0)) false)
(check (= + +) true)
(check (= + -) false)
(check (= eq? =) true)
(check (identical? f1 f1) true)
(check [(= (box 1) (box 1)) (= (box 1) (box 1.0)) (= (box @[1]) (box [1])) (= (box 1) (box 2)) (= (box 1) 1)] [true true true false false])
(check (identical? (box 1) (box 1)) false)
(check (= (hash (box 1)) (hash (box 1.0))) true)
(check (compare (box 1) (box 1)) 0)
(check (let [a (box 1) b (box 2)] (= (compare a b) (- (compare b a)))) true)
(check (sort [f1 nil + || 1]) (sort [1 || + nil f1]))
(check (let [s (sort [f1 par + fib box1])] (= s (sort (reverse s)))) true)
(each v in [f1 + par fib]
  (check (get {v 1} v) 1)
  (check (has? (set v) v) true))
(check-error (struct box1 1) :type-error)
(check-error (get {} [box1]) :type-error)
(check (length (set (box 1) (box 1) (box 2))) 2)

# --- different kinds are never equal ---------------------------------------------------------------------------------------------------
(check (= nil false) false)
(check (= nil ()) false)
(check (= false ()) false)
(check (= "a" :a) false)
(check (= "a" 'a) false)
(check (= :a 'a) false)
(check (= (list 1) [1]) false)
(check (= [] ()) false)
(check (= [] {}) false)
(check (= {} ||) false)
(check (= b[1] [1]) false)
(check (= b[97] "a") false)
(check (= 1 true) false)
(check (= 0 false) false)
(check (= [[:a 1]] {:a 1}) false)
(check (= ["a"] "a") false)

# --- chains, arities ----------------------------------------------------------------------------------------------------------------------
(check [(= 1 1 1) (= 1 1 2) (= 1 2 1) (= "a" @"a" "a")] [true false false true])
(check [(< 1 2 3) (< 1 3 2) (<= 1 1 2) (> 3 2 1) (>= 3 3 4) (< "a" "b") (< :a :b)] [true false true true false true true])
(each f in [= < > <= >= not=]
  (check-error (apply f [1]) :arity-error)
  (check-error (apply f []) :arity-error))
(check-error (apply not= [1 2 3]) :arity-error)
(check-error (apply compare [1]) :arity-error)
(check-error (apply identical? [1 2 3]) :arity-error)
(each f in [< > <= >=]
  (check-error (f 1 "a") :type-error)
  (check-error (f "a" :a) :type-error)
  (check-error (f nil nil) :type-error)
  (check-error (f [1] [2]) :type-error)
  (check-error (f true false) :type-error)
  (check-error (f 'a 'b) :type-error))
(check-error (< 1 2 "a") :type-error)
(check-error (< 2 1 "a") :type-error)
(check-says (< 1 "a") :type-error "<")
(check [(identical? @"a" @"a") (identical? "a" "a") (identical? "a" @"a") (identical? b[1] b[1]) (identical? @b[] @b[])] [false true false true false])
(check [(identical? |1| |1|) (identical? |1| |1.0|) (identical? {:a @[1]} {:a @[1]}) (let [m @[1]] (identical? {:a m} {:a m}))] [true false false true])
(check [(identical? :a :a) (identical? 'a 'a) (identical? nil nil) (identical? () ()) (identical? 0.0 -0.0)] [true true true true true])
(check (= (symbol "é") 'é) true)
(check (= (gensym 'x) 'x) false)
(check (let [a (with-traits [1] {:t 1})] [(= a [1]) (compare a [1]) (= (hash a) (hash [1])) (has? |[1]| a)]) [true 0 true true])

# --- struct keys and set elements -----------------------------------------------------------------------------------------------------------
(check (keys {"b" 1 :a 2 3 3 nil 4 'c 5 [1] 6 (list 1) 7 b[1] 8 |1| 9 {:a 1} 10 true 11 false 12})
       (list nil false true 3 'c :a "b" (list 1) [1] b[1] {:a 1} |1|))
(each k in [nil true 5 'a :a "a" (list 1 [2]) [1 [2]] b[1] |1| {:a {:b 1}} () [] {} ||]
  (check (get {k :v} k) :v)
  (check (get @{k :v} k) :v)
  (check (has? (put {} k 1) k) true)
  (check (del {k 1} k) {}))
(each k in [1.5 @[] @{} @|| @"a" @b[] (box 1) [@[]] (list 1.0) {:a @[]} [{:a [(box 1)]}] (pair 1 2.0) |1.5|]
  (check-error (struct k 1) :type-error)
  (check-error (@struct k 1) :type-error)
  (check-error (get {} k) :type-error)
  (check-error (get @{:a 1} k 5) :type-error)
  (check-error (put {} k 1) :type-error)
  (check-error (put @{} k 1) :type-error)
  (check-error (has? {} k) :type-error)
  (check-error (del {} k) :type-error)
  (check-error (del @{} k) :type-error)
  (check-error ({} k) :type-error)
  (check-error (from-pairs [[k 1]]) :type-error))
(check (let [m @[1] s @|[0]|] (add s m) (push m 2) s) @|[0] [1]|)
(check (let [m @[1] s @|[1]|] [(has? s m) (s m) (del s m)]) [true true @||])
(check (type-of (first (->array (set @{:a @[1]})))) :struct)
(check |@"a" "a"| |"a"|)
