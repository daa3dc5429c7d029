# Fields named by constant keywords, through the position cache of their place: the same results whatever the place saw before.
(include-file "../_check.lisp")

# One place each; all see every object of the tests.
(defn by-get [s] (get s :b))
(defn by-get-or [s d] (get s :b d))
(defn by-token [s] s:b)
(defn by-call [s] (s :b))
(defn by-call-or [s d] (s :b d))
(defn by-call-in-tail [s n] (if (= n 0) (s :b) (by-call-in-tail s (- n 1))))
(defn by-let [s] (let [{:b b} s] b))
(defn by-def [s] (def {:b b} s) b)
(defn by-parameter [{:b b}] b)
(defn by-match [s]
  (match s
    {:b b} b
    @{:b b} b
    _ :none))
(defn all-ways [s]
  [(by-get s) (by-get-or s :d) (by-token s) (by-call s) (by-call-or s :d) (by-call-in-tail s 3) (by-match s)])
(defn strict-ways [s] [(by-let s) (by-def s) (by-parameter s)])
(defn same-everywhere [s v]
  (check (all-ways s) [v v v v v v v])
  (check (strict-ways s) [v v v])
  (check (all-ways s) [v v v v v v v])) # now the places have seen it
(defn missing-everywhere [s]
  (check (all-ways s) [nil :d nil nil :d nil :none])
  (check-error (by-let s) :type-error)
  (check-error (by-def s) :type-error)
  (check-error (by-parameter s) :type-error))

# --- shapes that change: other positions, other numbers of entries, both mutabilities ------------------------------------
(def shapes
  [{:b 1} {:a 0 :b 2} {:b 3 :c 0} {:a 0 :b 4 :c 0} {:_ 0 :a 0 :aa 0 :ab 0 :b 5}
   {:b 6 1 0 "b" 0 nil 0 'b 0 [1] 0}
   @{:b 7} @{:a 0 :b 8} @{1 0 :b 9 2 0} (put @{} :b 10) (put {:a 0} :b 11)])
(each s shapes (same-everywhere s s:b))
(each s (reverse shapes) (same-everywhere s (get s (keyword "b"))))
(def @turn 0)
(while (< turn 3)
  (assign turn (+ turn 1))
  (each s shapes
    (same-everywhere s (get s (keyword "b")))
    (missing-everywhere {:a turn})
    (missing-everywhere @{:a turn})
    (missing-everywhere {})
    (missing-everywhere @{})))

# The position that was right for one struct is the key of another, its last, or behind its end.
(same-everywhere {:a 1 :aa 2 :ab 3 :b 4} 4)
(missing-everywhere {:a 1 :aa 2 :ab 3 :c 4})
(missing-everywhere {:a 1 :aa 2 :ab 3})
(missing-everywhere {:a 1})
(same-everywhere {:b :b} :b)

# --- present with a value that looks like none ---------------------------------------------------------------------------
(each v [nil false [] {} :d 0]
  (same-everywhere {:a 1 :b v} v)
  (same-everywhere @{:a 1 :b v} v)
  (missing-everywhere {:a v}))

# --- keys that are equal to no keyword, and values that are the key ------------------------------------------------------
(missing-everywhere {"b" 1 'b 2})
(missing-everywhere {:a :b})
(missing-everywhere @{:a :b})

# --- an @struct that grows, is rehashed, loses the key and gets it back ---------------------------------------------------
(def growing @{:b 0})
(def @i 0)
(while (< i 300)
  (put growing (keyword (string "k" i)) i)
  (put growing :b i)
  (same-everywhere growing i)
  (assign i (+ i 1)))
(assign i 0)
(while (< i 290)
  (del growing (keyword (string "k" i)))
  (same-everywhere growing 299)
  (assign i (+ i 1)))
(del growing :b)
(missing-everywhere growing)
(put growing :k1 1)
(missing-everywhere growing)
(put growing :b :back)
(same-everywhere growing :back)
(del growing :b)
(put growing :b0 1)
(missing-everywhere growing)

# --- large structs --------------------------------------------------------------------------------------------------------
(def large (reduce (fn [s n] (put s (keyword (string "x" n)) n)) {:b :large} (range 0 1000)))
(same-everywhere large :large)
(same-everywhere (thaw large) :large)
(missing-everywhere (del large :b))
(same-everywhere (put (del large :x500) :b 1) 1)
(def thirteen (reduce (fn [s n] (put s (keyword (string "a" n)) n)) {:b 13} (range 0 12)))
(same-everywhere thirteen 13)
(same-everywhere (del thirteen :a3) 13)
(missing-everywhere (del thirteen :b))

# --- what is no struct ----------------------------------------------------------------------------------------------------
(defn name-of [v] (let [s (string (type-of v))] s))
(defn failure-of [thunk]
  (let [[ok? e] (protect (thunk))] (if ok? [:returned e] [e:error e:message])))
(each v [[1 2] @[1 2] "text" '(1 2) (bytes 1 2)]
  (check (failure-of (fn [] (by-get v))) [:type-error "get: expected integer index, got keyword"])
  (check (failure-of (fn [] (by-get-or v 1))) [:type-error "get: expected integer index, got keyword"])
  (check (failure-of (fn [] (by-token v))) [:type-error "get: expected integer index, got keyword"]))
(check (failure-of (fn [] (by-call [1 2]))) [:type-error "get: expected integer index, got keyword"])
(check (by-call |:b :c|) true)
(check (by-call |:c|) false)
(check (by-call (fn [x] [x x])) [:b :b])
(check (by-call-or (fn [x & more] [x more]) 5) [:b '(5)])
(check (by-call (fn [x &opt y] [x y])) [:b nil])
(check (by-call (fn [& all] all)) '(:b))
(check (by-call type-of) :keyword)
(check-error (by-call (fn [] 1)) :arity-error)
(check-error (by-call-or (fn [x] 1) 2) :arity-error)
(check (failure-of (fn [] (by-call-or |:b| 1))) [:arity-error "set: expected 1 argument, got 2"])
(each v [nil 5 1.5 :b 'b (box 1) true]
  (check (failure-of (fn [] (by-get v))) [:type-error (string "get: expected indexable collection, got " (name-of v))])
  (check (failure-of (fn [] (by-token v))) [:type-error (string "get: expected indexable collection, got " (name-of v))])
  (check (failure-of (fn [] (by-call v))) [:type-error (string "cannot call " (name-of v))])
  (check (failure-of (fn [] (by-let v))) [:type-error (string "destructuring: expected a struct, got " (name-of v))])
  (check (by-match v) :none))
(check (failure-of (fn [] (by-let {:a 1}))) [:type-error "destructuring: no key :b"])
(check (failure-of (fn [] (by-let @{:a 1}))) [:type-error "destructuring: no key :b"])

# --- an error that is answered: the answer stands for the value ----------------------------------------------------------
(defn answered [f x answer]
  (def fiber (fiber/new (fn [] [:got (f x)]) |:error|))
  (fiber/resume fiber)
  (fiber/resume fiber answer))
(check (answered by-get 5 :answer) [:got :answer])
(check (answered by-let 5 :answer) [:got :answer])
(check (answered by-let {:a 1} {:b 2}) [:got {:b 2}])

# --- arguments are evaluated once, in order, and the default always ------------------------------------------------------
(def order @[])
(defn note [v] (push order v) v)
(check (get (note {:b 1}) :b (note 2)) 1)
(check (get (note {}) :b (note 2)) 2)
(check order @[{:b 1} 2 {} 2])

# --- names that are rebound are not the builtin ---------------------------------------------------------------------------
(check (let [get (fn [s k] [:mine k])] (get {:b 1} :b)) [:mine :b])
(check (let [nth (fn [n c] [:mine n])] (nth 0 [1])) [:mine 0])
(check (let [length (fn [c] :mine)] (length [1])) :mine)
(check (reduce get {:b {:b 2}} [:b :b]) 2)
(check (apply get [{:b 1} :b]) 1)

# --- one place, many fibers ------------------------------------------------------------------------------------------------
(defn worker [s v rounds]
  (def @n 0)
  (while (< n rounds)
    (when (not= (by-get s) v) (println "worker: " (by-get s) " instead of " v))
    (when (= 0 (mod n 10)) (ev/sleep 0))
    (when (not= s:b v) (println "worker: token"))
    (assign n (+ n 1))))
(def workers (map (fn [i] (ev/spawn (fn [] (worker (get shapes (mod i 11)) (+ 1 (mod i 11)) 100)))) (range 0 44)))
(each w workers (ev/join w))

# --- elements and lengths --------------------------------------------------------------------------------------------------
(defn element [c i] [(get c i) (get c i :d) (nth i c) (c i) (c i :d)])
(defn third [c] [(get c 2) (get c 2 :d) (nth 2 c) (c 2) (c 2 :d)])
(each c [[1 2 3] @[1 2 3] (bytes 1 2 3) (thaw (bytes 1 2 3))]
  (check (third c) [3 3 3 3 3])
  (check (element c 0) [1 1 1 1 1])
  (check (element c -1) [3 3 3 3 3])
  (check (element c -3) [1 1 1 1 1])
  (check (length c) 3))
(each c [[1 2] @[1 2] [] @[]]
  (check (third c) [nil :d nil nil :d])
  (check (element c -3) [nil :d nil nil :d])
  (check (element c 4611686018427387903) [nil :d nil nil :d])
  (check (element c -4611686018427387904) [nil :d nil nil :d])
  (check (element c 9223372036854775807) [nil :d nil nil :d]))
(check (element {1 :one} 1) [:one :one :one :one :one])
(check (element {} 1) [nil :d nil nil :d])
(check (third "añb") ["b" "b" "b" "b" "b"])
(check (map (fn [c] (nth 2 c)) ['(1 2 3) '(1 2) "abc"]) [3 nil "c"])
(check-error (get (bytes 1) 2) :argument-error)
(check-error (nth 2 (bytes 1)) :argument-error)
(check (get (bytes 1) 2 nil) nil)
(check (failure-of (fn [] (element [1] "x"))) [:type-error "get: expected integer index, got string"])
(check (failure-of (fn [] (element [1] 1.0))) [:type-error "get: expected integer index, got float"])
(check (failure-of (fn [] (nth 1.0 [1]))) [:type-error "nth: expected integer index, got float"])
(check (failure-of (fn [] (nth 0 5))) [:type-error "nth: expected indexable collection, got integer"])
(def stack @[])
(assign i 0)
(while (< i 100)
  (push stack i)
  (check (get stack i) i)
  (check (get stack (+ i 1)) nil)
  (check (length stack) (+ i 1))
  (assign i (+ i 1)))
(while (> (length stack) 1)
  (pop stack)
  (check (get stack (length stack)) nil))
(check (third stack) [nil :d nil nil :d])
(check (map length [[] @[] {} @{:b 1} "é" nil :key '(1 2) |1| (bytes 1 2)]) [0 0 0 1 1 0 3 2 1 2])
(check (failure-of (fn [] (length 5))) [:type-error "length: expected collection, got integer"])

# --- a fiber from which :error is withheld may not call them, however they are compiled (08 section 8) -------------------
(defn refused [thunk]
  (let [e (fiber/resume (fiber/new thunk :error :deny :error))] [e:error e:primitive e:args]))
(check (refused (fn [] (get {:b 1} :b))) [:capability-denied "get" [{:b 1} :b]])
(check (refused (fn [] (get {:b 1} :b 2))) [:capability-denied "get" [{:b 1} :b 2]])
(check (refused (fn [] (get [1] 0))) [:capability-denied "get" [[1] 0]])
(check (refused (fn [] (get [1] 0 nil))) [:capability-denied "get" [[1] 0 nil]])
(check (refused (fn [] (nth 0 [1]))) [:capability-denied "nth" [0 [1]]])
(check (refused (fn [] (length [1]))) [:capability-denied "length" [[1]]])
(check (fiber/resume (fiber/new (fn [] (let [s {:b 1} {:b b} s] (+ b s:b (s :b)))) :error :deny :error)) 3)
