# read, read-all, eval (01 section 8, 04 section 7).
(include-file "../_check.lisp")
(defn kind [thunk] (let [[ok? e] (protect (thunk))] (if ok? :fine (get e :error))))

(check (read "(a [b @{:c |1 2|}] 'd b[1] @\"s\")") '(a [b @{:c |1 2|}] (quote d) b[1] @"s"))
(check (read-all "1 'x # c") '(1 (quote x)))
(check (read-all " # only this") ())
(check (map (fn [s] (kind (fn [] (read s)))) ["" "1 2" "(a" ")" "1__0" "\"" ":" "@ x" "'"])
       (map (fn [_] :read-error) (range 9)))
(let [[_ e] (protect (read "(a\n  12x)"))]
  (check [e:line e:col] [2 3]))
(check (kind (fn [] (read 'a))) :type-error)

(check (let [k 5 @j 2] (eval '(* k j) (environment))) 10)
(check (eval '(+ a b) {'a 1 'b 2}) 3)
(check (let [hidden 1] (kind (fn [] (eval 'hidden)))) :eval-error)
(check (map (fn [env] (kind (fn [] (eval 1 env)))) [5 {:a 1} [1]]) [:type-error :type-error :type-error])
(check (eval '(do (defmacro twice (x) `(+ ,x ,x)) (twice 21))) 42)
(check (kind (fn [] (eval '(twice 2)))) :eval-error)
(let [[_ e] (protect (eval '(if)))]
  (check [e:error e:reason (length e:diagnostics)] [:eval-error :compile 1]))
(check (protect (eval '(error :x))) [false :x])
(check (let [form '(push @[1] 2)] [(eval form) (eval form)]) [@[1 2] @[1 2]])
(check (map ev/join (map (fn [k] (ev/spawn (fn [] (eval '(do (ev/sleep 0.01) (* k 2)) {'k k})))) [1 2 3]))
       [2 4 6])
(let [f (ev/spawn (fn [] (eval '(ev/sleep 100))))]
  (ev/sleep 0)
  (ev/abort f)
  (check (get (get (protect (ev/join f)) 1) :error) :aborted))
