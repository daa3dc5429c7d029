# Nanoseconds for one access to a part of a collection, without the loop around it: fields.lisp CASE KIND
#   CASE  how (below)     KIND  struct @struct array @array box
# 64 collections are walked over and over, so that no access can be moved out of the loop; the fastest of 400 short rounds counts.
(def rounds 400)
(def steps 3200)

# The loop itself, with five additions.
(defn nothing [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (nothing xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ a a a a a)) a))))
(defn by-get [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-get xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ (get s :alpha) (get s :beta) (get s :gamma) (get s :delta) (get s :epsilon))) a))))
(defn by-get-default [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-get-default xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ (get s :alpha 0) (get s :beta 0) (get s :gamma 0) (get s :delta 0) (get s :epsilon 0))) a))))
(defn by-token [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-token xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ s:alpha s:beta s:gamma s:delta s:epsilon)) a))))
(defn by-call [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-call xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ (s :alpha) (s :beta) (s :gamma) (s :delta) (s :epsilon))) a))))
(defn by-let [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-let xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (let [{:alpha a :beta b :gamma c :delta d :epsilon e} s] (+ a b c d e))) a))))
(defn by-match [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-match xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (match s {:alpha a :beta b :gamma c :delta d :epsilon e} (+ a b c d e) _ 0)) a))))
(defn by-match-mutable [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-match-mutable xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (match s @{:alpha a :beta b :gamma c :delta d :epsilon e} (+ a b c d e) _ 0)) a))))
(defn by-element [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-element xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ (get s 0) (get s 1) (get s 2) (get s 3) (get s 4))) a))))
(defn by-nth [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-nth xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ (nth 0 s) (nth 1 s) (nth 2 s) (nth 3 s) (nth 4 s))) a))))
(defn by-index-call [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-index-call xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ (s 0) (s 1) (s 2) (s 3) (s 4))) a))))
(defn by-length [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-length xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ (length s) (length s) (length s) (length s) (length s))) a))))
(defn by-unbox [xs i n acc a]
  (if (= n 0) acc
    (let [s (get xs i)] (by-unbox xs (if (= i 63) 0 (+ i 1)) (- n 1) (+ acc (+ (unbox s) (unbox s) (unbox s) (unbox s) (unbox s))) a))))

(defn fastest [f xs]
  (def @best 1e9)
  (def @n rounds)
  (while (> n 0)
    (let [t0 (clock/monotonic)]
      (f xs 0 steps 0 1)
      (assign best (min best (- (clock/monotonic) t0))))
    (assign n (- n 1)))
  (/ (* 1e9 best) (* 5 steps)))

(def ways
  {:get by-get
   :get-default by-get-default
   :token by-token
   :call by-call
   :let by-let
   :match by-match
   :match-mutable by-match-mutable
   :element by-element
   :nth by-nth
   :index-call by-index-call
   :length by-length
   :unbox by-unbox})
(def collections
  {:struct (fn [i] {:alpha i :beta 2 :gamma 3 :delta 4 :epsilon 5})
   :@struct (fn [i] @{:alpha i :beta 2 :gamma 3 :delta 4 :epsilon 5})
   :array (fn [i] [i 2 3 4 5])
   :@array (fn [i] @[i 2 3 4 5])
   :box (fn [i] (box i))})
(let [(way kind) (sys/args)
      make (get collections (keyword kind))
      xs (map make (->array (range 0 64)))]
  (println "bench: " (- (fastest (get ways (keyword way)) xs) (fastest nothing xs))))
