# Library functions that take callbacks (05 sections 2 to 6). Callbacks are any callable and may suspend.

# --- functions of functions -----------------------------------------------------------------------------------------------
(defn identity [x]
  "x itself.
(identity 5) # => 5"
  x)

(defn constantly [x]
  "A function of any arguments that returns x.
(map (constantly 0) [:a :b]) # => [0 0]"
  (fn [& ignored] x))

(defn complement [p]
  "A function that answers the opposite of p.
(filter (complement even?) [1 2 3]) # => [1 3]"
  (fn [& xs] (not (p ;xs))))

(defn apply [f & args]
  "Calls f with the arguments, the last of which, a list or array, is spread.
(apply max 1 [5 3]) # => 5"
  (if (empty? args)
    (f)
    (if (empty? (rest args))
      (f ;(first args))
      (f ;(butlast args) ;(last args)))))

(defn compose [& fs]
  "The functions one after the other, from right to left; the rightmost takes any arguments.
((compose inc *) 3 4) # => 13"
  (cond
    (empty? fs) identity
    (empty? (rest fs)) (first fs)
    (let [f (first fs) g (compose ;(rest fs))]
      (fn [& xs] (f (g ;xs))))))
(def comp compose)

(defn partial [f & xs]
  "f with its first arguments given.
((partial + 1 2) 3) # => 6"
  (fn [& ys] (f ;xs ;ys)))

(defn juxt [& fs]
  "A function that returns the list of what each of fs returns for its arguments.
((juxt first last) \"abc\") # => (\"a\" \"c\")"
  (fn [& xs]
    (let [out @[]]
      (each f in fs (push out (f ;xs)))
      (->list out))))

(defn memoize [f]
  "f with a memory: called again with equal arguments it returns what it returned then. Errors are not kept.
(let [calls @[] f (memoize (fn [x] (push calls x) (* x x)))] [(f 3) (f 3) (length calls)]) # => [9 9 1]"
  (def known @{}) # hash of the arguments -> list of [arguments value]
  (fn [& xs]
    (let [h (hash xs) bucket (get known h ())]
      (block :found
        (each entry in bucket
          (when (= (get entry 0) xs) (break :found (get entry 1))))
        (let [value (f ;xs)]
          (put known h (pair [xs value] (get known h ())))
          value)))))

# --- over collections -------------------------------------------------------------------------------------------------------
(defn map [f c]
  "What f returns for each element: a list, array or set like c; for strings and bytes an array.
(map inc [1 2 3]) # => [2 3 4]"
  (let [out @[]]
    (each x in (%%no-struct "map" c 1) (push out (f x)))
    (%%map-like c out)))

(defn filter [p c]
  "The elements that satisfy p, in a collection of the same kind.
(filter odd? @[1 2 3]) # => @[1 3]"
  (let [out @[]]
    (each x in (%%no-struct "filter" c 1)
      (when (p x) (push out x)))
    (%%build-like c out)))
(def keep filter)

(defn fold [f init c]
  "Combines the elements from left to right: (f acc x), beginning with init.
(fold + 0 [1 2 3]) # => 6"
  (def @acc init)
  (each x in (%%collection "fold" c 2) (assign acc (f acc x)))
  acc)
(def reduce fold)

(defn mapcat [f s]
  "The sequences that f returns for the elements, joined; of the kind of s.
(mapcat (fn [n] [n n]) [1 2]) # => [1 1 2 2]"
  (let [out @[]]
    (each x in (%%no-struct "mapcat" s 1)
      (each y in (%%collection "mapcat" (f x) 1) (push out y)))
    (%%build-like s out)))

(defn map-indexed [f s]
  "What (f index element) returns for each element.
(map-indexed list [:a :b]) # => [(0 :a) (1 :b)]"
  (def @i 0)
  (let [out @[]]
    (each x in (%%sequence "map-indexed" s 1)
      (push out (f i x))
      (assign i (+ i 1)))
    (%%map-like s out)))

(defn find [p c]
  "The first element that satisfies p, else nil.
(find even? [1 2 4]) # => 2"
  (each x in (%%collection "find" c 1)
    (when (p x) (break x))))

(defn find-index [p s]
  "The index of the first element that satisfies p, else nil.
(find-index even? [1 2 4]) # => 1"
  (def @i 0)
  (each x in (%%sequence "find-index" s 1)
    (when (p x) (break i))
    (assign i (+ i 1))))

(defn any? [p c]
  "Whether some element satisfies p.
(any? even? [1 3 4]) # => true"
  (if (each x in (%%collection "any?" c 1) (when (p x) (break true))) true false))

(defn all? [p c]
  "Whether every element satisfies p.
(all? even? [2 4 5]) # => false"
  (if (each x in (%%collection "all?" c 1) (unless (p x) (break true))) false true))

(defn count [p c]
  "How many elements satisfy p.
(count even? [1 2 4]) # => 2"
  (def @n 0)
  (each x in (%%collection "count" c 1) (when (p x) (assign n (+ n 1))))
  n)

(defn frequencies [c]
  "A struct from each element to the number of times it occurs.
(frequencies \"abba\") # => {\"a\" 2 \"b\" 2}"
  (let [out @{}]
    (each x in (%%collection "frequencies" c 0) (put out x (+ 1 (get out x 0))))
    (freeze out)))

(defn group-by [f c]
  "An @struct from each value of f to the @array of the elements that have it, in order.
(group-by even? [1 2 3]) # => @{false @[1 3] true @[2]}"
  (let [out @{}]
    (each x in (%%collection "group-by" c 1)
      (let [k (f x) group (get out k)]
        (if group (push group x) (put out k @[x]))))
    out))

(defn %%extreme [sign f x xs]
  "The first of x and xs whose (f x) is extreme in the direction of sign."
  (def @best x)
  (def @key (f x))
  (each y in xs
    (let [k (f y)]
      (when (= (compare k key) sign)
        (assign best y)
        (assign key k))))
  best)

(defn min-key [f x & xs]
  "The argument for which f is least, the first of several.
(min-key length \"aa\" \"b\" \"cc\") # => \"b\""
  (%%extreme -1 f x xs))
(defn max-key [f x & xs]
  "The argument for which f is greatest, the first of several.
(max-key length \"a\" \"ccc\" \"bb\") # => \"ccc\""
  (%%extreme 1 f x xs))

(defn %%prefix-length [fn-name p s]
  "How many leading elements of s satisfy p."
  (def @n 0)
  (each x in (%%sequence fn-name s 1)
    (unless (p x) (break))
    (assign n (+ n 1)))
  n)

(defn take-while [p s]
  "The leading elements that satisfy p.
(take-while even? [2 4 5 6]) # => [2 4]"
  (take (%%prefix-length "take-while" p s) s))
(defn drop-while [p s]
  "What follows the leading elements that satisfy p.
(drop-while even? [2 4 5 6]) # => [5 6]"
  (drop (%%prefix-length "drop-while" p s) s))

# --- sorting ---------------------------------------------------------------------------------------------------------------
(defn %%sortable [fn-name s arg]
  "s if it is a list or array."
  (if (or (array? s) (list? s)) s (%%raise-type fn-name "list or array" s arg)))

(defn sort-by [key s]
  "The elements in ascending order of (key element); stable.
(sort-by length [\"ccc\" \"a\" \"bb\"]) # => [\"a\" \"bb\" \"ccc\"]"
  (def @i 0)
  (let [items @[] order @[] out @[]]
    (each x in (%%sortable "sort-by" s 1)
      (push items x)
      (push order [(key x) i])
      (assign i (+ i 1)))
    (sort order) # equal keys: by index
    (each entry in order (push out (get items (get entry 1))))
    (%%build-like s out)))

(defn %%negative? [answer]
  "Whether a comparison answered less."
  (if (number? answer) (< answer 0) (%%raise-type "sort-with" "a number from the comparison" answer 0)))

(defn %%merge-runs [cmp from to width n]
  "Merges neighbouring sorted runs of `width` elements of the @array `from` into `to`."
  (def @start 0)
  (while (< start n)
    (let [middle (min n (+ start width)) end (min n (+ start (* 2 width)))]
      (def @i start)
      (def @j middle)
      (def @k start)
      (while (< k end)
        (if (and (< i middle) (or (>= j end) (not (%%negative? (cmp (get from j) (get from i))))))
          (begin (put to k (get from i)) (assign i (+ i 1)))
          (begin (put to k (get from j)) (assign j (+ j 1))))
        (assign k (+ k 1))))
    (assign start (+ start (* 2 width)))))

(defn sort-with [cmp s]
  "The elements in the order of cmp, which returns a negative, zero or positive number; stable.
(sort-with (fn [a b] (compare b a)) [2 9 4]) # => [9 4 2]"
  (let [items @[]]
    (each x in (%%sortable "sort-with" s 1) (push items x))
    (let [n (length items)]
      (def @from items)
      (def @to (array/new n nil))
      (def @width 1)
      (while (< width n)
        (%%merge-runs cmp from to width n)
        (let [sorted to]
          (assign to from)
          (assign from sorted))
        (assign width (* 2 width)))
      (%%build-like s from))))
(def sort-by-cmp sort-with)

# --- paths into collections --------------------------------------------------------------------------------------------------
(def %%nothing (box nil)) # equal to itself alone: told apart by identity

(defn %%raise-key [fn-name c k]
  "Raises the :key-error for the absent key k of c."
  (error {:error :key-error
          :reason (if (struct? c) :key-not-found :index-out-of-bounds)
          :key k
          :message (string fn-name ": " (if (struct? c) "no such key" "index out of bounds"))}))

(defn %%update [fn-name c k f]
  "update under the name fn-name."
  (let [old (get c k %%nothing)]
    (if (identical? old %%nothing)
      (%%raise-key fn-name c k)
      (put c k (f old)))))

(defn update [c k f]
  "c with (f old) in place of the value at k.
(update {:n 1} :n inc) # => {:n 2}"
  (%%update "update" c k f))

(defn %%update-in [c ks f]
  "update-in with the path as a non-empty list."
  (if (empty? (rest ks))
    (%%update "update-in" c (first ks) f)
    (%%update "update-in" c (first ks) (fn [inner] (%%update-in inner (rest ks) f)))))

(defn update-in [c ks f]
  "c with (f old) in place of the value at the path ks.
(update-in {:a [1 2]} [:a 0] inc) # => {:a [2 2]}"
  (let [path (->list (%%sequence "update-in" ks 1))]
    (if (empty? path)
      (%%raise-argument "update-in" "the path is empty")
      (%%update-in c path f))))
