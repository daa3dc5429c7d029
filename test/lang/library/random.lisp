# Random numbers (05 section 10). The seeded sequences were computed by another implementation of splitmix64 and xoshiro256**.
(include-file "../_check.lisp")

(random/seed 42)
(check (map (fn [i] (random/int 100)) (range 8)) [42 2 9 93 76 84 54 7])
(random/seed 42)
(check (map (fn [i] (random/float)) (range 3)) [0.08386297105988216 0.3789802506626686 0.6800434110281394])
(random/seed -7)
(check (map (fn [i] (random/int -9223372036854775808 9223372036854775807)) (range 2)) [8288094028124385986 6238572944791854044])
(random/seed 1)
(check (random/shuffle [1 2 3 4 5 6 7 8 9 10]) [4 9 1 10 3 6 7 5 2 8])

(defn again [f] (random/seed 99) (f))
(check (= (again (fn [] (map (fn [i] (random/int 0 1000000)) (range 100)))) (again (fn [] (map (fn [i] (random/int 0 1000000)) (range 100))))) true)
(check (= (again (fn [] (random/choice (range 1000)))) (again (fn [] (random/choice (range 1000))))) true)
(check (= (again (fn [] (random/bytes 16))) (again (fn [] (random/bytes 16)))) false) # not from the generator
(check (random/seed 5) nil)

# Every value of a small range occurs, about equally often; the bounds hold.
(random/seed 2024)
(def hits (frequencies (map (fn [i] (random/int 1 6)) (range 6000))))
(check (keys hits) (list 1 2 3 4 5 6))
(check (all? (fn [n] (< 850 n 1150)) (values hits)) true)
(check (all? (fn [x] (and (>= x 0.0) (< x 1.0))) (map (fn [i] (random/float)) (range 1000))) true)
(check (< 0.47 (/ (sum (map (fn [i] (random/float)) (range 4000))) 4000.0) 0.53) true)
(check [(random/int 1) (random/int -3 -3) (random/int 9223372036854775807 9223372036854775807)] [0 -3 9223372036854775807])
(check (all? (fn [x] (<= -2 x 2)) (map (fn [i] (random/int -2 2)) (range 200))) true)

# Kinds.
(check (sort (random/shuffle @[3 1 2])) @[1 2 3])
(check (type-of (random/shuffle (list 1 2))) :list)
(check (length (random/shuffle "héllo")) 5)
(check (random/shuffle []) [])
(check (has? |1 2 3| (random/choice |1 2 3|)) true)
(check (has? |"a" "b"| (random/choice "ab")) true)
(check (let [a @[1 2 3]] (random/shuffle a) a) @[1 2 3])

(check [(length (random/bytes 0)) (length (random/bytes 33)) (type-of (random/bytes 1))] [0 33 :bytes])
(check (= (random/bytes 16) (random/bytes 16)) false)
(check (> (length (seq->set (->array (random/bytes 4096)))) 200) true)

(check-error (random/int 0) :value-error)
(check-error (random/int -1) :value-error)
(check-error (random/int 2 1) :value-error)
(check-error (random/int 1.5) :type-error)
(check-error (random/int 1 "a") :type-error)
(check-error (random/choice []) :argument-error)
(check-error (random/choice 5) :type-error)
(check-error (random/shuffle |1|) :type-error)
(check-error (random/bytes -1) :argument-error)
(check-error (random/bytes nil) :type-error)
(check-error (random/seed nil) :type-error)

# --- std/random ----------------------------------------------------------------------------------------------------------------
(def random ((import "std/random")))
(defn draw [g] [(g:int 100) (g:int -5 5) (g:float) (g:choice "abc") (g:shuffle [1 2 3 4]) (g:sample 2 (range 10))])
(let [a (random:generator 42) b (random:generator 42)]
  (check (map (fn [i] (a:int 100)) (range 8)) [42 2 9 93 76 84 54 7]) # as random/seed
  (check (= (draw (random:generator 7)) (draw (random:generator 7))) true)
  (check (= (draw (random:generator 7)) (draw (random:generator 8))) false)
  (check (= (draw (random:generator)) (draw (random:generator))) false)
  # Each has its own state; the thread's is another one.
  (random/seed 1)
  (check (map (fn [i] (a:int 1000) (random/int 1000) (b:int 100)) (range 8)) [42 2 9 93 76 84 54 7]))
(def g (random:generator 3))
(check (sort (g:sample 5 [1 2 3 4 5])) [1 2 3 4 5])
(check (length (seq->set (g:sample 50 (range 100)))) 50)
(check [(g:sample 0 (list 1 2)) (type-of (g:sample 1 (list 1 2))) (length (g:sample 2 "héllo"))] [() :list 2])
(check [(g:int 1) (g:choice |5|) (g:shuffle @[])] [0 5 @[]])
(check-error (g:sample 3 [1 2]) :argument-error)
(check-error (g:sample -1 [1 2]) :argument-error)
(check-error (g:sample nil [1 2]) :type-error)
(check-error (g:sample 1 |1|) :type-error)
(check-error (g:int 0) :value-error)
(check-error (g:int "1") :type-error)
(check-error (g:choice []) :argument-error)
(check-error (g:shuffle nil) :type-error)
(check-error (random:generator "x") :type-error)
(check (get (get (protect (g:int "1")) 1) :arg) 0)
