# Functions as people type them at the prompt, for test/bench/repl_defn: each block is a defn and one call of it. NAME is replaced.
(defn NAME [xs] (if (empty? xs) 0 (/ (sum xs) (length xs))))
(NAME [1 2 3])

(defn NAME [text]
  "How often each word occurs."
  (let [counts @{}]
    (each word in (string/split (string/downcase text) " ")
      (unless (= word "")
        (put counts word (+ 1 (get counts word 0)))))
    (freeze counts)))
(NAME "a b a")

(defn NAME [n]
  (cond (< n 2) n
        (let [@a 0 @b 1]
          (repeat (- n 1)
            (let [next (+ a b)]
              (assign a b)
              (assign b next)))
          b)))
(NAME 20)

(defn NAME [message]
  (match message
    {:op :add :args [a b]} (+ a b)
    {:op :neg :args [a]} (- a)
    [:pair x y] (list y x)
    (head & tail) [head (length tail)]
    (or nil false) :nothing
    other (error {:error :bad-message :message (string "cannot handle " other)})))
(NAME {:op :add :args [1 2]})

(defn NAME [path &opt otherwise]
  (try
    (json/parse (file/read path) :keys :keyword)
    (catch {:error kind :message why}
      (eprintln path ": " kind " " why)
      otherwise)))
(NAME "/dev/null")

(defn NAME [orders &named min-total]
  (->> orders
       (filter (fn [o] (>= (get o :total 0) (or min-total 0))))
       (sort-by (fn [o] (get o :total)))
       (map (fn [{:id id :total total}] {:id id :net (/ total 1.2)}))))
(NAME [{:id 1 :total 12} {:id 2 :total 3}] :min-total 5)

(defn NAME [jobs]
  (let [fibers (map (fn [j] (ev/spawn (fn [] (* j j)))) jobs)]
    (sum (map ev/join fibers))))
(NAME [1 2 3])

(defn NAME [limit]
  (let [sieve (array/new (+ limit 1) true) primes @[]]
    (each i in (range 2 (+ limit 1))
      (when (get sieve i)
        (push primes i)
        (def @k (* i i))
        (while (<= k limit)
          (put sieve k false)
          (assign k (+ k i)))))
    (freeze primes)))
(NAME 50)

(defn NAME [tree f]
  (if (array? tree)
    (map (fn [child] (if (array? child) (map f child) (f child))) tree)
    (f tree)))
(NAME [1 [2 3]] inc)

(defn NAME [start stop]
  (let [started (clock/monotonic) log @[]]
    (defer (push log :done)
      (each i in (range start stop)
        (push log (string/format "{:03d} {}" i (if (even? i) :even :odd)))))
    [(length log) (>= (clock/monotonic) started)]))
(NAME 0 4)
