# Fuzzes the printer and the reader: random values must print so that they read back to an equal value of the same type that prints
# the same (02 section 7), on their own, through eval of their quotation, and through eval of themselves where they are constants.
#   evjit round-trip.lisp SEED COUNT       (prints the values that do not, and exits with 1 if there are any)
(def args (sys/args))
(def seed (if (empty? args) 1 (parse-int (first args))))
(def count-of-values (if (< (length args) 2) 2000 (parse-int (second args))))
(random/seed seed)
(defn below [n] (random/int n))
(defn pick [s] (get s (below (length s))))

(def code-points [0 1 7 9 10 13 27 31 32 34 35 39 40 44 58 59 64 91 92 93 96 110 117 120 123 124 125 126 127 128 133 159 160 233 0x301 0x200d 0x2028
                  0x3042 0xfeff 0xfffd 0xffff 0x10000 0x1f468 0x1f1e9 0x1f1ea 0xe0001 0x10ffff])
(defn utf8 [c]
  (cond (< c 0x80) [c]
        (< c 0x800) [(+ 0xc0 (bit/shr c 6)) (+ 0x80 (bit/and c 63))]
        (< c 0x10000) [(+ 0xe0 (bit/shr c 12)) (+ 0x80 (bit/and (bit/shr c 6) 63)) (+ 0x80 (bit/and c 63))]
        [(+ 0xf0 (bit/shr c 18)) (+ 0x80 (bit/and (bit/shr c 12) 63)) (+ 0x80 (bit/and (bit/shr c 6) 63)) (+ 0x80 (bit/and c 63))]))
(defn text []
  (let [bytes-of @[]]
    (repeat (below 6) (append bytes-of (thaw (utf8 (if (= (below 3) 0) (pick code-points) (+ 32 (below 95)))))))
    (freeze (@string ;bytes-of))))
(def name-characters "abcxyzABC019+-*/!?<>=_.$%&^~éλ日#")
(defn name []
  (let [n (apply string (map (fn [_] (pick name-characters)) (->list (range (+ 1 (below 5))))))]
    # not what reads as something else: numbers, comments, literals
    (if (or (has? |"nil" "true" "false"| n) (parse-like-number? n) (= (first n) "#")) "plain" n)))
(defn parse-like-number? [n]
  (let [digit? (fn [c] (and c (string/contains? "0123456789" c)))]
    (or (digit? (n 0)) (and (or (= (n 0) "-") (= (n 0) "+")) (digit? (n 1))))))
(defn integer-value []
  (case (below 4)
    0 (- (below 21) 10)
    1 (pick [9223372036854775807 -9223372036854775808 4611686018427387903 4611686018427387904 -4611686018427387904 -4611686018427387905])
    2 (bit/shl (+ 1 (below 1000)) (below 60))
    (- (random/int -9223372036854775808 9223372036854775807) 0)))
(defn float-value []
  (case (below 4)
    0 (/ (float (- (below 2001) 1000)) (pick [1 2 4 10 3 1000]))
    1 (pick [0.0 -0.0 1e21 1e20 1e22 1e-7 1e-6 1e-8 5e-324 1.7976931348623157e308 2.2250738585072014e-308 0.1 123456789.125])
    2 (* (random/float) (math/pow 10.0 (- (below 600) 300)))
    (- (random/float))))
(defn atom []
  (case (below 12)
    0 nil 1 true 2 false 3 (integer-value) 4 (integer-value) 5 (float-value) 6 (float-value) 7 (keyword (name)) 8 (symbol (name)) 9 (text)
    10 (thaw (text)) (apply bytes (map (fn [_] (below 256)) (->list (range (below 4)))))))
(defn key [] (case (below 6) 0 nil 1 (integer-value) 2 (text) 3 (symbol (name)) 4 [(integer-value) (keyword (name))] (keyword (name))))
(defn many [depth] (map (fn [_] (value (- depth 1))) (->list (range (below 4)))))
(defn entries [depth] (fold (fn [acc _] (append acc (list (key) (value (- depth 1))))) () (range (below 4))))
# A set directly inside an immutable set has no literal (01 section 5).
(defn elements [depth] (filter (fn [v] (not (set? v))) (many depth)))
(defn value [depth]
  (if (or (< depth 1) (= (below 5) 0))
    (atom)
    (case (below 9)
      0 (many depth) 1 [;(many depth)] 2 @[;(many depth)] 3 (struct ;(entries depth)) 4 (@struct ;(entries depth))
      5 (set ;(elements depth)) 6 (@set ;(elements depth)) 7 (list 'quote (value (- depth 1))) (list (value (- depth 1)) 'x))))

(def @bad 0)
(defn complain [what printed v]
  (assign bad (inc bad))
  (println what ": " printed " came from type " (type-of v)))
(defn check-again [what printed v thunk]
  (let [[ok? again] (protect (thunk))]
    (cond
      (not ok?) (complain (string what " raised " (string [again])) printed v)
      (not= again v) (complain (string what " gives another value, " (string [again])) printed v)
      (not= (type-of again) (type-of v)) (complain (string what " gives another type, " (type-of again)) printed v)
      (not= (string [again]) (string "[" printed "]")) (complain (string what " prints as " (string [again])) printed v))))
(repeat count-of-values
  (let [v (value 5)
        wrapped (string [v])
        printed (slice wrapped 1 -1)]
    (check-again "reading" printed v (fn [] (read printed)))
    (check-again "read-all" printed v (fn [] (first (read-all (string "# c\n" printed " # d")))))
    (when (= (below 20) 0)
      (check-again "eval of the quotation" printed v (fn [] (eval (list 'quote v))))
      (check-again "eval of the text" printed v (fn [] (eval (read (string "'" printed))))))))
(when (> bad 0) (sys/exit 1))
