# timeout: 180
# match, pattern by pattern, and what is no match; destructuring in every position (03 sections 7 and 8).
(include-file "../_check.lisp")

# --- literals ---
(defn lit [v] (match v 1 :one 2.5 :float "s" :string :k :keyword true :true false :false nil :nil 'sym :symbol '(a 1) :list '[b] :array
                       '{c d} :struct () :empty -0.0 :zero _ :other))
(check (map lit [1 1.0 2.5 "s" @"s" :k true false nil 'sym '(a 1) '[b] @['b] '{c d} () 0 0.0 's 'a "" [] || {} 'nil])
       [:one :one :float :string :string :keyword :true :false :nil :symbol :list :array :array :struct :empty :zero :zero :other
        :other :other :other :other :other :nil])
(check (match () nil :nil () :empty _ :no) :empty)
(check (match nil () :empty nil :nil _ :no) :nil)
(check (match 9007199254740993 9007199254740992.0 :same _ :different) :different)
(check (match (math/nan) 1 :one x :nan) :nan)
(check (match 'a "a" 1 :a 2 'a 3 _ 4) 3)
(check (match "é" "e\u{301}" :decomposed "é" :composed _ :no) :composed)

# --- kinds never mix ---
(defn kind-of [v] (match v [] :a0 [_] :a1 @[] :ma0 @[_] :ma1 () :l0 (_) :l1 @{:k _} :ms {:k _} :s @{} :ms0 {} :s0 |_| :set @|_| :mset _ :no))
(check (map kind-of [[] [1] @[] @[1] () (list 1) {:k 1} @{:k 1} {} @{} {:z 1} @{:z 1} || |1| @|| @|1| "" b[] [1 2] @[1 2] (list 1 2) (pair 1 2) nil])
       [:a0 :a1 :ma0 :ma1 :l0 :l1 :s :ms :s0 :ms0 :s0 :ms0 :set :set :mset :mset :no :no :no :no :no :no :no])

# --- sequences ---
(check (match [1 2 3] [a & r] [a r] _ :no) [1 [2 3]])
(check (match [1] [a & r] [a r] _ :no) [1 []])
(check (match [] [a & r] [a r] _ :no) :no)
(check (match [] [& r] r _ :no) [])
(check (match @[1 2] @[a & r] [a r] _ :no) [1 [2]])
(check (type-of (match @[1 2] @[a & r] r _ :no)) :array)
(check (match [1 2] [_ & _] :yes _ :no) :yes)
(check (match [1 [2 (list 3 {:a [4]})]] [a [b (c {:a [d]})]] [a b c d] _ :no) [1 2 3 4])
(check (match (list 1 2 3) (a & r) [a r] _ :no) '[1 (2 3)])
(check (match (list 1) (a & r) r _ :no) ())
(check (match (pair 1 2) (a & r) r _ :no) :no)
(check (match (pair 1 2) (a . r) [a r] _ :no) [1 2])
(check (match (list 1 2) (a . r) [a r] _ :no) '[1 (2)])
(check (match (pair 1 (pair 2 3)) (a b . c) [a b c] _ :no) [1 2 3])
(check (match (pair 1 nil) (a) :proper (a . nil) :nil-tail _ :no) :nil-tail)
(check (match (list 1 2) (a b . ()) :end _ :no) :end)
(check (match 5 (. x) x _ :no) 5)
(check (match (list 1 2) (a & (b)) [a b] _ :no) [1 2])
(check (match [1 2 3] [a & [b & c]] [a b c] _ :no) [1 2 [3]])
(check (match (range 1000) (_ _ & r) (length r) [_ _ & r] (length r) @[_ _ & r] (length r) _ :no) 998)
(check (match @[1 2 3] @[1] :a @[1 2] :b @[1 3 & _] :c @[1 2 & r] r _ :no) [3])

# --- structs ---
(check (match {:a 1 :b 2} {:a a} a _ :no) 1)
(check (match {:a nil} {:a a} [a] _ :no) [nil])
(check (match {} {:a a} [a] _ :no) :no)
(check (match {:a 1 :b 2 :c 3} {:a a & r} [a r] _ :no) [1 {:b 2 :c 3}])
(check (match @{:a 1 :b 2} @{:a a & r} [a r (type-of r)] _ :no) [1 {:b 2} :struct])
(check (match {'a 1} {'a x} x _ :no) 1)
(check (match {:a 1} {'a x} x _ :no) :no)
(check (match {:a {:b {:c 1}}} {:a {:b {:c x}}} x _ :no) 1)
(check (match {:t :x :v 1} {:t :y :v v} [:y v] {:t :x :v v} [:x v] _ :no) [:x 1])
(check (match {:a 1} {:a 1 & r} r _ :no) {})
(check (match |1 2| |s| s _ :no) |1 2|)
(check (match |1 2| |(or 1 2)| :elements s (length s)) 2)

# --- or ---
(check (match 2 (or 1 2 3) :small _ :big) :small)
(check (match [2 :x] (or [1 y] [2 y]) y _ :no) :x)
(check (match (list 1 2) (or [a b] (a b)) [a b] _ :no) [1 2])
(check (match {:a 1} (or {:b x} {:a x}) x _ :no) 1)
(check (match [1 [2]] [(or 1 9) [(or 3 2)]] :yes _ :no) :yes)
(check (match 5 (or nil _) :any) :any)
(check (match true (or true false) :both) :both)
(check (match false true 1 false 2) 2)
(check ((match [1 2] (or [x 9] [x 2]) (fn [] x) _ :no)) 1)
(check (match [1 2] (or [@x 9] [@x 2]) (begin (assign x (+ x 10)) x) _ :no) 11)
(check (match 7 (or 7 8) when false :guarded (or 7 9) :next _ :no) :next)

# --- guards, scopes, mutation ---
(check (match 5 x when (> x 9) :big x when (> x 3) :middle _ :small) :middle)
(check (match [1 2] [a b] when (= a b) :same [a b] when (< a b) [b a] _ :no) [2 1])
(check (let [x 1] (match 2 x x)) 2)
(check (let [x 1] (match 2 x when (= x 1) :outer _ x)) 1)
(check (match 1 when :name _ :no) :name)
(check (match 1 x when true :guarded _ :no) :guarded)
(check-error (match 1 x when (error {:error :in-guard}) 1 _ 2) :in-guard)
(check (match 1 (or 1 2) (begin (def a 5) a) _ (begin (def a 6) a)) 5)
(check (let [@n 0] [(match (begin (assign n (inc n)) n) 5 :five 1 :one _ :no) n]) [:one 1])
(check (let [@seen []] (match 3 x when (begin (assign seen (push seen :first)) false) 1 x when (begin (assign seen (push seen :second)) true) seen _ 2)) [:first :second])
(check (let [m @[1]] (match m @[x] when (begin (push m 2) false) :one @[x y] [x y] _ :no)) [1 2])
(check (let [m @{:a 1}] (match m @{:a x} when (begin (del m :a) false) :one @{:a x} :still _ :gone)) :gone)
(check (let [fs (map (fn [v] (match v [@n] (fn [] (assign n (inc n)) n) _ nil)) [[1] [1]])] (map (fn [f] (f) (f)) fs)) [3 3])
(check (fold (fn [acc v] (match v [:add n] (+ acc n) [:mul n] (* acc n) :neg (- acc) _ acc)) 1 [[:add 2] [:mul 5] :neg :junk]) -15)
(check (block :out (match 1 1 (break :out :left) _ :no) :not-reached) :left)
(check (let [@r []] (each v in [1 2 3 4] (match v 2 nil 4 (break) _ (assign r (push r v)))) r) [1 3])

# --- what does not compile ---
(each source in ["(match 1)" "(match 1 1)" "(match 1 x when true)" "(match 1 1 2 3)"]
  (check-compile source "match"))
(check-compile "(match)" "match")
(each arms in ["1 2" "x when true 1" "true 1" "false 1" "true 1 false when true 2" "(or 1 2) 3" "[_] 1" "{} 1" "|_| 1" "'x 1" "nil 1" "(or true 1) 2"]
  (check-compile (string "(match 1 " arms ")") "non-exhaustive match: add a wildcard (_) or variable pattern as the last arm"))
(check (map (fn [arms] (eval (read (string "(match true " arms ")")))) ["x 1" "_ 1" "1 2 _ 3" "true 1 false 2" "(or true false) 1" "(or 1 _) 2" "false 1 (or 5 true) 2"])
       [1 1 3 1 1 2 2])
(check-compile "(match 1 [x x] 1 _ 2)" "duplicate")
(check-compile "(match 1 {:a x :b [x]} 1 _ 2)" "duplicate")
(check-compile "(match 1 [x & x] 1 _ 2)" "duplicate")
(check-compile "(match 1 [x (or [x] (x))] 1 _ 2)" "duplicate")
(check-compile "(match 1 (or [x] [y]) 1 _ 2)" "binds different variables")
(check-compile "(match 1 (or [x] 1) 1 _ 2)" "binds different variables")
(check-compile "(match 1 (or 1 x) 1 _ 2)" "binds different variables")
(check-compile "(match 1 (or [x y] [x]) 1 _ 2)" "binds different variables")
(check-compile "(match 1 (or 1) 1 _ 2)" "or")
(check-compile "(match 1 (or) 1 _ 2)" "or")
(check-compile "(match 1 [& a b] 1 _ 2)" "&")
(check-compile "(match 1 [&] 1 _ 2)" "&")
(check-compile "(match 1 [a & b c] 1 _ 2)" "&")
(check-compile "(match 1 (a . b c) 1 _ 2)" ".")
(check-compile "(match 1 {:a} 1 _ 2)" "odd")
(check-compile "(match 1 {\"a\" x} 1 _ 2)" "key")
(check-compile "(match 1 {a x} 1 _ 2)" "key")
(check-compile "(match 1 {1 x} 1 _ 2)" "key")
(check-compile "(match 1 {:a & r} 1 _ 2)" "")
(check-compile "(match 1 |a b| 1 _ 2)" "set pattern")
(check-compile "(match 1 || 1 _ 2)" "set pattern")
(check-compile "(match 1 & 1 _ 2)" "&")
(check-compile "(match 1 . 1 _ 2)" ".")
(check-compile "(match 1 b[1] 1 _ 2)" "not a pattern")
(check-compile "(match 1 a:b 1 _ 2)" "a:b")

# --- destructuring: every kind in every position ---
(def cases
  '[[[a b & r] [1 2 3 4] [a b r] [1 2 [3 4]]]
    [[a b & r] @[1 2] [a b r] [1 2 []]]
    [@[a] [1 2] [a] [1]]
    [(a & r) (list 1 2 3) [a r] [1 (2 3)]]
    [(a b) (list 1 2 3) [a b] [1 2]]
    [() (list 1) [] []]
    [[] [1] [] []]
    [{:a a :b [b]} {:a 1 :b @[2] :c 3} [a b] [1 2]]
    [{:a a & r} {:a 1 :b 2} [a r] [1 {:b 2}]]
    [@{:a a} {:a 1} [a] [1]]
    [{'k k} {'k 7} [k] [7]]
    [{:a a & {:b b}} @{:a 1 :b 2} [a b] [1 2]]
    [[[[a]] (b {:c (c)})] [[[1]] (list 2 {:c (list 3)})] [a b c] [1 2 3]]
    [[_ a _ & _] [0 1 2] [a] [1]]
    [a 5 [a] [5]]
    [_ 5 [] []]])
(defn array-of [& xs] [;xs])
(each [pat value result want] in cases
  (each form in (list (list 'let (array-of pat value) result)
                      (list 'let (list (list pat value)) result)
                      (list 'let* (array-of pat value) result)
                      (list 'letrec (array-of pat value) result)
                      (list 'if-let (array-of pat value) result :else)
                      (list 'when-let (array-of pat value) result)
                      (list 'when-ok (array-of pat value) result)
                      (list 'do (list 'def pat value) result)
                      (list 'do (list 'var pat value) result)
                      (list (list 'fn (array-of pat) result) value)
                      (list (list 'fn (array-of '&opt pat) result) value)
                      (list 'try (list 'error value) (list 'catch pat result))
                      (list 'block (list 'each pat 'in (array-of value) (list 'break result))))
    (let [[ok? got] (protect (eval form))]
      (unless (and ok? (= got want)) (println form " gives " got " instead of " want)))))
(def mismatches
  '[[[a] []] [[a] nil] [[a] 5] [[a] (list 1)] [[a] {:a 1}] [[a] "a"] [[a b & r] [1]] [(a) ()] [(a) [1]] [(a) nil] [(a & r) ()] [(a b) (pair 1 2)]
    [() []] [[] ()] [{:a a} {}] [{:a a} []] [{:a a} nil] [{:a a} {:b 1}] [{:a [a]} {:a 1}] [[[a]] [[]]] [{} []] [(& r) [1]] [{& r} 5] [[& r] {}]
    [(a & r) (pair 1 2)]])
(each [pat value] in mismatches
  (each form in (list (list 'let (array-of pat value) 1)
                      (list 'do (list 'def pat value) 1)
                      (list 'letrec (array-of pat value) 1)
                      (list (list 'fn (array-of pat) 1) value)
                      (list 'try (list 'error value) (list 'catch pat 1))
                      (list 'each pat 'in (array-of value) 1))
    (let [[ok? e] (protect (eval form))]
      (unless (and (not ok?) (struct? e) (= e:error :type-error) (string/starts-with? e:message "destructuring:"))
        (println form " gives " e)))))
(check (get (get (protect (let [[a] "x"] a)) 1) :got) :string)
(each pat in ["1" "\"s\"" ":k" "true" "nil" "'a" "|a|" "@|a|" "b[1]" "[1]" "(a 'b)" "{:a 1}" "{a 1}" "{1 a}" "[& a b]" "[a &]" "{:a a &}" "{:a a & b c}" "&" "." "&opt" "&keys" "&named" "[.]" "a:b" "@\"s\""]
  (each form in ["(let (PAT 1) 1)" "(let ([PAT 1]) 1)" "(def PAT 1)" "(fn [PAT] 1)" "(each PAT in [1] 1)" "(try 1 (catch PAT 1))" "(letrec ([PAT 1]) 1)" "(if-let ([PAT 1]) 1)" "(when-ok ([PAT 1]) 1)"]
    (let [said (%complaint (string/replace form "PAT" pat))]
      (when (string/starts-with? said "compiled") (println (string/replace form "PAT" pat) ": " said)))))

# Leaves may be mutable, and captured.
(check (let [[@a {:b @b}] [1 {:b 2}]] (assign a (+ a 10)) (assign b (+ b 20)) [a b]) [11 22])
(check (let [[@a & r] [1 2] f (fn [] (assign a (inc a)) a)] (f) [(f) a r]) [3 3 [2]])
(check ((fn [[@a] {:k @k}] (assign a [a k]) a) [1] {:k 2}) [1 2])
(check (let [@r []] (each [@i x] in [[1 :a] [2 :b]] (assign i (* i 10)) (assign r (push r [i x]))) r) [[10 :a] [20 :b]])
(check (let [xs @[1 2] [a & r] xs] (push xs 3) (put xs 0 9) [a r]) [1 [2]])
(check (try (error {:error :e :n 1}) (catch {:error kind & more} [kind more])) [:e {:n 1}])

# if-let keeps one set of variables for its tests and its body.
(check (if-let [@a 1 b (begin (assign a 5) 2)] [a b] :no) [5 2])
(check (if-let [[a] @[1] b (+ a 1) [c] [b]] [a b c]) [1 2 2])
(check (let [m @[1]] (if-let [[a] m b (begin (put m 0 9) 1)] [a b])) [1 1])
(check (let [@r []] (while true (if-let [a 1 b 2] (break) nil)) :left) :left)
(check (let [@n 0] (while true (if-let [a 1 b (> n 2)] (break n) (assign n (inc n))))) 3)
(check (while true (when-let [a 1] (break :while a))) 1)
(check (if-let [] 1 2) 1)
(check (when-let [a 1]) nil)
(check (if-let [a 1 a (inc a)] a) 2)
(check (let [a 0] (if-let [a 1 b nil] a (+ a 5))) 5)
(check (if-let [a 1] (begin (def b 2) [a b])) [1 2])
(check (if-let ([[a b] [1 2]] (c (+ a b))) c) 3)
(check-error (if-let [[a] 5] a :no) :type-error)
(check (if-let [[a] nil] a :no) :no)
(check (if-let [[a] false] a :no) :no)
(check-compile "(if-let [a 1])" "if-let")
(check-compile "(if-let [a 1] 1 2 3)" "if-let")
(check-compile "(while true (when-ok [a (break)] 1))" "break cannot leave a protected body")
(check (while true (when-ok [a 1] (break a))) 1)
(check (when-ok [a 1]) nil)
(check (when-ok [a nil] :ran) :ran)
(check-error (when-ok [[a] 5] a) :type-error)
(check-compile "(when-ok [a 1 b 2] 1)" "when-ok")
(check-compile "(when-ok [] 1)" "when-ok")
