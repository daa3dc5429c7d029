# match: kinds, sharing of tests between arms, or-patterns, guards; destructuring (03 sections 7 and 8).
(include-file "../_check.lisp")

(defn shape [v]
  (match v
    {:kind :circle :r r}          [:circle r]
    {:kind :box :w w :h w2} when (= w w2) [:square w]
    {:kind :box :w w :h h}        [:box w h]
    {:size n & more}              [:sized n more]
    []                            :empty-array
    [x]                           [:one x]
    [x :mid y]                    [:mid x y]
    [x & r]                       [:many x r]
    ()                            :empty-list
    (x)                           [:l1 x]
    (:op a b)                     [:op a b]
    (x & r)                       [:list x r]
    (x . r)                       [:improper x r]
    @[x & r]                      [:marray x r]
    @{:a a}                       [:mstruct a]
    |s|                           [:set (length s)]
    @|s|                          [:mset (length s)]
    nil                           :nil
    true                          :true
    1                             :one
    "text"                        :text
    'sym                          :sym
    other                         [:other other]))
(check (shape {:kind :circle :r 2}) [:circle 2])
(check (shape {:kind :box :w 2 :h 2}) [:square 2])
(check (shape {:kind :box :w 2 :h 3}) [:box 2 3])
(check (shape {:size 1 :z 2}) [:sized 1 {:z 2}])
(check (shape {:kind :box :w 2}) [:other {:kind :box :w 2}])
(check (shape []) :empty-array)
(check (shape [7]) [:one 7])
(check (shape [1 :mid 2]) [:mid 1 2])
(check (shape [1 2 3]) [:many 1 [2 3]])
(check (shape ()) :empty-list)
(check (shape (list 1)) [:l1 1])
(check (shape (list :op 1 2)) [:op 1 2])
(check (shape (list :op 1 2 3)) [:list :op (list 1 2 3)])
(check (shape (pair 1 2)) [:improper 1 2])
(check (shape (pair 1 (pair 2 3))) [:improper 1 (pair 2 3)])
(check (shape @[1 2]) [:marray 1 [2]])
(check (shape @{:a 4}) [:mstruct 4])
(check (shape |1 2|) [:set 2])
(check (shape @|1|) [:mset 1])
(check (map shape [nil true 1 1.0 "text" @"text" 'sym false]) [:nil :true :one :one :text :text :sym [:other false]])

(defn alternatives [v]
  (match v
    (or [:a x] (:a x) {:a x}) when (> x 0) (fn [] x)
    (or :b :c "d") :letter
    (or [(or 1 2) y] [y (or 3 4)]) [:nested y]
    [_ _] :pair
    _ :none))
(check ((alternatives [:a 1])) 1)
(check ((alternatives (list :a 2))) 2)
(check ((alternatives {:a 3})) 3)
(check (alternatives [:a -1]) :pair)
(check (map alternatives [:b :c "d" :e]) [:letter :letter :letter :none])
(check (map alternatives [[1 5] [2 6] [7 3] [8 9]]) [[:nested 5] [:nested 6] [:nested 7] :pair])

# A mutable value may change between arms: each arm looks anew.
(def m @{:k 1})
(check (match m @{:k k} when (begin (put m :k 2) false) k @{:k k} [:second k] _ :no) [:second 2])

# Long lists are walked in linear time.
(defn total [l acc] (match l () acc (h & t) (total t (+ acc h)) _ :improper))
(check (total (->list (range 100000)) 0) 4999950000)

# Destructuring.
(defn parts [[a (b & c) {:x x :y [y]} & z]] [a b c x y z])
(check (parts [1 (list 2 3) {:x 4 :y @[5]} 6 7]) [1 2 (list 3) 4 5 [6 7]])
(check (let [@[p & q] @[1 2 3]] [p q]) [1 [2 3]])
(check (let [{:a a & r} @{:a 1 :b 2}] [a r]) [1 {:b 2}])
(check-error (let [[a b] [1]] a) :type-error)
(check-error (let [(a b) [1 2]] a) :type-error)
(check-error (let [{:a a} {:b 1}] a) :type-error)
(check-error (let [[a] 5] a) :type-error)
(check (slice (get (get (protect (let [(a b) (list 1)] a)) 1) :message) 0 14) "destructuring:")
(defn lenient [a &opt [b {:c c}]] [a b c])
(check (lenient 1) [1 nil nil])
(check (lenient 1 [2 {:c 3}]) [1 2 3])
(defn kept [&opt [x]] (fn [] x))
(check [((kept)) ((kept [4]))] [nil 4])
