# Immutable arrays, structs and sets of every size. Long ones that were made step by step are trees inside (gc/object/tree.hpp),
# others flat: no program can tell. Random operations on an immutable collection, with a mutable twin that goes the same way.
# timeout: 300
(include-file "../_check.lisp")
(random/seed 20261124)
(def stress? (not (nil? (sys/env "EVJIT_GC_STRESS"))))
(defn sized [n] (if stress? (max 60 (/ n 100)) n)) # a collection at every allocation makes every step dear

(defn fail [& what] (println ;what))

# One contents, two forms.
(defn same! [what a b]
  (unless (= a b) (fail what " not ="))
  (unless (= b a) (fail what " not = the other way"))
  (unless (= 0 (compare a b)) (fail what " compare " (compare a b)))
  (unless (= 0 (compare b a)) (fail what " compare " (compare b a)))
  (unless (= (hash a) (hash b)) (fail what " hash"))
  (unless (identical? a b) (fail what " not identical?"))
  (unless (= (type-of a) (type-of b)) (fail what " type"))
  (unless (= (length a) (length b)) (fail what " length"))
  (unless (= (string a) (string b)) (fail what " prints differently")))

(defn key-number [i]
  (match (mod i 5)
    0 (- (/ i 2) i)
    1 (keyword (string "k" i))
    2 (string "text " i)
    3 [i (string i)]
    _ i))
(defn random-key [space] (key-number (random/int space)))

(defn keep-version [versions now twin]
  (push versions [now (freeze twin)]))
(defn check-versions [what versions]
  (each [old flat] in versions (same! what old flat)))

# --- structs and sets ---------------------------------------------------------------------------------------------------------------
(defn struct-run [start steps space]
  (def @s start)
  (def twin (thaw start))
  (def versions @[])
  (def every (max 1 (/ steps 6)))
  (def @i 0)
  (while (< i steps)
    (let [k (random-key space) k2 (random-key space)]
      (if (< (random/int 10) 6)
        (do (assign s (put s k i)) (put twin k i))
        (do (assign s (del s k)) (del twin k)))
      (unless (= (length s) (length twin)) (fail "struct length " (length s) " " (length twin) " at " i))
      (unless (= (get s k :none) (get twin k :none)) (fail "struct get " k " at " i))
      (unless (= (s k2 :none) (get twin k2 :none)) (fail "struct call " k2 " at " i))
      (unless (= (has? s k2) (has? twin k2)) (fail "struct has? " k2 " at " i)))
    (when (= 0 (mod i every)) (keep-version versions s twin))
    (assign i (+ i 1)))
  (same! [:struct space] s (freeze twin))
  (check-versions [:old-struct space] versions)
  [s twin])

(defn drain-struct [s twin]
  (def @s s)
  (def every (max 1 (/ (length s) 4)))
  (each k in (random/shuffle (keys s))
    (assign s (del s k))
    (del twin k)
    (when (= 0 (mod (length s) every)) (same! [:draining (length s)] s (freeze twin))))
  (check s {}))

(each space in [3 31 33 40 64 65 130 700]
  (let [[s twin] (struct-run {} (sized (* 6 space)) space)]
    (drain-struct s twin)))
(each space in [5000 60000]
  (let [[s twin] (struct-run {} (sized 40000) (sized space))]
    (drain-struct s twin)))
# From a long flat base.
(let [base (from-pairs (map (fn [i] [(key-number i) i]) (range (sized 8000))))]
  (let [copy (freeze (thaw base))]
    (struct-run base (sized 4000) (sized 16000))
    (same! :flat-base base copy)
    (each i in (range (min 100 (length base)))
      (unless (= (length (put base [:new i] i)) (+ 1 (length base))) (fail "put on one base"))
      (unless (= (length (del base (key-number i))) (- (length base) 1)) (fail "del on one base")))
    (same! :flat-base-again base copy)))

(defn set-run [start steps space]
  (def @s start)
  (def twin (thaw start))
  (def versions @[])
  (def every (max 1 (/ steps 6)))
  (def @i 0)
  (while (< i steps)
    (let [k (random-key space) k2 (random-key space)]
      (if (< (random/int 10) 6)
        (do (assign s (if (even? i) (add s k) (put s k))) (add twin k))
        (do (assign s (del s k)) (del twin k)))
      (unless (= (length s) (length twin)) (fail "set length " (length s) " " (length twin) " at " i))
      (unless (= (has? s k) (has? twin k)) (fail "set has? " k " at " i))
      (unless (= (s k2) (twin k2)) (fail "set call " k2 " at " i)))
    (when (= 0 (mod i every)) (keep-version versions s twin))
    (assign i (+ i 1)))
  (same! [:set space] s (freeze twin))
  (check-versions [:old-set space] versions)
  (each k in (random/shuffle (set->array s)) (assign s (del s k)))
  (check s ||))

(each space in [3 31 33 40 64 65 130 700] (set-run || (sized (* 6 space)) space))
(set-run || (sized 40000) (sized 5000))
(set-run (seq->set (range (sized 3000))) (sized 6000) (sized 6000))

# In order, against the order, and every other one taken out.
(defn build-struct [ks] (fold (fn [s k] (put s k [k])) {} ks))
(defn build-set [ks] (fold (fn [s k] (add s k)) || ks))
(let [n (sized 100000) up (range n)
      flat (from-pairs (map (fn [i] [i [i]]) up))]
  (def a (build-struct up))
  (def b (build-struct (reverse up)))
  (def c (build-struct (random/shuffle up)))
  (same! :ascending a flat)
  (same! :descending b flat)
  (same! :shuffled c flat)
  (same! :from-tree a c)
  (check (keys a) (->list up))
  (def half (fold (fn [s k] (del s k)) a (filter odd? up)))
  (same! :half half (from-pairs (map (fn [i] [i [i]]) (filter even? up))))
  (same! :untouched a flat)
  (def s (build-set (random/shuffle up)))
  (same! :set s (seq->set up))
  (same! :half-set (fold (fn [s k] (del s k)) s (filter even? up)) (seq->set (filter odd? up))))

# --- arrays -----------------------------------------------------------------------------------------------------------------------
(defn array-run [start steps]
  (def @a start)
  (def twin (thaw start))
  (def versions @[])
  (def every (max 1 (/ steps 6)))
  (def @i 0)
  (while (< i steps)
    (if (or (= 0 (length a)) (< (random/int 10) 6))
      (do (assign a (push a i)) (push twin i))
      (let [at (- (random/int (* 2 (length a))) (length a))]
        (assign a (put a at [i]))
        (put twin at [i])))
    (let [at (- (random/int (+ 4 (* 2 (length a)))) (length a) 2)]
      (unless (= (length a) (length twin)) (fail "array length at " i))
      (unless (= (last a) (last twin)) (fail "array last at " i))
      (unless (= (first a) (first twin)) (fail "array first at " i))
      (unless (= (get a at :none) (get twin at :none)) (fail "array get " at " at " i))
      (unless (= (a at) (twin at)) (fail "array call " at " at " i)))
    (when (= 0 (mod i every)) (keep-version versions a twin))
    (assign i (+ i 1)))
  (same! [:array steps] a (freeze twin))
  (check-versions [:old-array steps] versions)
  a)

(each steps in [5 50 55 60 100 200 1100 2000]
  (array-run [] (min steps (* 10 (sized steps)))))
(array-run [] (sized 60000))
(array-run (range (sized 10000)) (sized 4000))
(let [n (sized 100000)]
  (def a (fold push [] (range n)))
  (same! :pushed a (range n))
  (same! :changed (fold (fn [a i] (put a i (- i))) a (random/shuffle (range n))) (map - (range n)))
  (same! :pushed-still a (range n)))

# --- the same to everything that looks inside -----------------------------------------------------------------------------------------
(def n 150)
(def flat-a (map (fn [i] (* i i)) (range n)))
(def tree-a (fold push [] flat-a))
(def flat-s (from-pairs (map (fn [i] [(keyword (string "k" i)) i]) (range n))))
(def tree-s (fold (fn [s [k v]] (put s k v)) {} (pairs flat-s)))
(def flat-set (seq->set flat-a))
(def tree-set (fold add || flat-a))
(same! :a tree-a flat-a)
(same! :s tree-s flat-s)
(same! :set tree-set flat-set)

# Each form is a function of a collection: it gives the same for the tree and for the flat form.
(defmacro alike (tree flat & forms)
  `(let [in-tree ,tree in-flat ,flat]
     ,;(map (fn [f] `(let [f ,f a (f in-tree) b (f in-flat)]
                       (unless (and (= a b) (= (string [a]) (string [b]))) (fail ',f " of a tree is " (string [a])))))
            forms)))
(defn array-alike [tree flat]
  (alike tree flat
    (fn [c] (type-of c)) (fn [c] [(array? c) (mutable? c) (callable? c) (empty? c) (nonempty? c)])
    (fn [c] (first c)) (fn [c] (second c)) (fn [c] (last c)) (fn [c] (rest c)) (fn [c] (butlast c))
    (fn [c] (nth 140 c)) (fn [c] (get c -1)) (fn [c] (get c 150 :none)) (fn [c] (get-in [c] [0 77]))
    (fn [c] (take 70 c)) (fn [c] (drop 70 c)) (fn [c] (slice c 31 97)) (fn [c] (slice c -40)) (fn [c] (slice c 5 5))
    (fn [c] (reverse c)) (fn [c] (concat c c)) (fn [c] (concat [1] c)) (fn [c] (append @[1] c)) (fn [c] (append c [1]))
    (fn [c] (map inc c)) (fn [c] (filter even? c)) (fn [c] (fold + 0 c)) (fn [c] (sort c)) (fn [c] (sort (reverse c)))
    (fn [c] (->list c)) (fn [c] (->array c)) (fn [c] (seq->set c)) (fn [c] (distinct c)) (fn [c] (flatten [c c]))
    (fn [c] (interpose 0 c)) (fn [c] (partition 7 c)) (fn [c] (zip c c)) (fn [c] (sum c)) (fn [c] (max ;c)) (fn [c] (apply + c))
    (fn [c] (list ;c)) (fn [c] (thaw c)) (fn [c] (freeze c)) (fn [c] (deep-freeze c)) (fn [c] (freeze (push (thaw c) 1)))
    (fn [c] (json/serialize c)) (fn [c] (json/pretty [c])) (fn [c] (describe c))
    (fn [c] (match c [a b] :two [a b & r] [a b r] _ :none)) (fn [c] (match c [0 _ & _] :starts @[& _] :mutable _ :other))
    (fn [c] (let [[a b & r] c] [a b r])) (fn [c] (let [[_ _ x] c] x)) (fn [c] ((fn [[a & b]] [a b]) c))
    (fn [c] (def out @[]) (each x in c (push out x)) out)
    (fn [c] (traits (with-traits c {:a 1}))) (fn [c] (with-traits c {:a 1}))
    (fn [c] (get {c 1} c)) (fn [c] (has? |c| c)) (fn [c] (has? (set c) (thaw c))) (fn [c] (put {} c 1))
    (fn [c] (compare c (put c 149 0))) (fn [c] (compare (put c 149 0) c)) (fn [c] (compare c (push c 0))) (fn [c] (= c (push c 0)))
    (fn [c] (= (thaw c) c)) (fn [c] (= c (->list c)))
    (fn [c] (eval (list 'length c))) (fn [c] (eval (list 'quote c))) (fn [c] (syntax->datum (datum->syntax nil c)))
    (fn [c] (second (protect (get c :x)))) (fn [c] (second (protect (pop c)))) (fn [c] (second (protect (put c 150 0))))))
(array-alike tree-a flat-a)
(array-alike (fold push [] (map (fn [i] (- i)) (range n))) (map (fn [i] (- i)) (range n)))

(defn struct-alike [tree flat]
  (alike tree flat
    (fn [c] (type-of c)) (fn [c] [(struct? c) (mutable? c) (callable? c) (empty? c)])
    (fn [c] (keys c)) (fn [c] (values c)) (fn [c] (pairs c)) (fn [c] (get c :k7)) (fn [c] (c :k149)) (fn [c] c:k33) (fn [c] (c :zz 0))
    (fn [c] (merge c {:k1 :new :zz 1})) (fn [c] (merge {:k1 :new :zz 1} c)) (fn [c] (merge c c)) (fn [c] (put-in c [:k3] 1))
    (fn [c] (update c :k3 inc)) (fn [c] (thaw c)) (fn [c] (freeze c)) (fn [c] (deep-freeze c)) (fn [c] (->list c)) (fn [c] (->array c))
    (fn [c] (json/serialize c)) (fn [c] (json/pretty {:in c})) (fn [c] (describe c))
    (fn [c] (match c {:k1 1 :k2 x} x _ :none)) (fn [c] (match c {:zz _} 1 {:k5 x & r} [x r] _ :none)) (fn [c] (match c @{} 1 _ 2))
    (fn [c] (let [{:k1 a :k2 b} c] [a b])) (fn [c] (let [{:k1 a & r} c] [a r])) (fn [c] (fold (fn [s [k v]] (+ s v)) 0 c))
    (fn [c] (def out @[]) (each [k v] in c (push out [k v])) out) (fn [c] (traits (with-traits [1] c)))
    (fn [c] (traits (with-traits c c))) (fn [c] (get {c 1} c)) (fn [c] (has? |c| c)) (fn [c] (compare c (put c :k9 0)))
    (fn [c] (= c (thaw c))) (fn [c] (= c (del c :k9))) (fn [c] (eval (list 'get c :k9))) (fn [c] (eval (list 'quote c)))
    (fn [c] (syntax->datum (datum->syntax nil c))) (fn [c] (eval 'k2 {'k2 c}))
    (fn [c] (second (protect (get c 1.5)))) (fn [c] (second (protect (error c))))))
(struct-alike tree-s flat-s)

(defn set-alike [tree flat]
  (alike tree flat
    (fn [c] (type-of c)) (fn [c] [(set? c) (mutable? c) (callable? c) (empty? c)]) (fn [c] (c 4)) (fn [c] (c 5)) (fn [c] (set->array c))
    (fn [c] (union c |1 2 3|)) (fn [c] (union |1 2 3| c)) (fn [c] (intersection c |1 2 3|)) (fn [c] (difference c |1 2 3|))
    (fn [c] (intersection |4 5| c)) (fn [c] (difference |4 5| c)) (fn [c] (map inc c)) (fn [c] (filter even? c)) (fn [c] (thaw c))
    (fn [c] (deep-freeze c)) (fn [c] (->list c)) (fn [c] (->array c)) (fn [c] (json/serialize c))
    (fn [c] (describe c)) (fn [c] (match c |s| (length s) _ :none)) (fn [c] (match c @|s| 1 _ 2)) (fn [c] (get {c 1} c))
    (fn [c] (def out @[]) (each x in c (push out x)) out) (fn [c] (compare c (del c 0))) (fn [c] (compare (del c 0) c))
    (fn [c] (= c (thaw c))) (fn [c] (concat c |1 2|)) (fn [c] (with-traits c {:a 1})) (fn [c] (eval (list 'quote c)))
    (fn [c] (syntax->datum (datum->syntax nil c)))))
(set-alike tree-set flat-set)

# Collections in collections: what is long is long at every level.
(def nest (fold (fn [a i] (push a (put tree-s [i] tree-a))) [] (range 40)))
(same! :nested nest (map (fn [i] (put flat-s [i] flat-a)) (range 40)))
(check (deep-freeze (put nest 3 @[1])) (put nest 3 [1]))
(check (get (put {} nest 1) (freeze (thaw nest))) 1)
