# Where variables live: cells, copies, patched closures, checked reads (03 sections 3, 6; docs/design/ir.md).
(include-file "../_check.lisp")

# One shared cell per entry of the scope.
(defn counter []
  (def @n 0)
  [(fn [] (assign n (+ n 1))) (fn [] n)])
(let [[step value] (counter) [step2 value2] (counter)]
  (step) (step) (step2)
  (check [(value) (value2)] [2 1]))

# Every iteration has its own variables, every self tail call its own parameters.
(def @i 0)
(def by-loop @[])
(while (< i 3)
  (def @j i)
  (push by-loop (fn [] (assign j (+ j 10))))
  (assign i (+ i 1)))
(check (map (fn [f] (f) (f)) [;by-loop]) [20 21 22])
(defn by-call [@n acc]
  (if (= n 0) acc (by-call (- n 1) (append acc (list (fn [] (assign n (+ n 100))))))))
(check (map (fn [f] (f) (f)) (by-call 3 ())) (list 203 202 201))

# Local functions that call each other, through further closures and around other definitions.
(defn parity [n]
  (def ev? (fn [k] (if (= k 0) true (od? (- k 1)))))
  (def od? (fn [k] (if (= k 0) false (ev? (- k 1)))))
  (ev? n))
(check (parity 101) false)
(defn around [x]
  (def a (fn [] (map (fn [y] (+ y (b))) [1 2])))
  (def middle (* x 2))
  (def b (fn [] middle))
  (a))
(check (around 5) [11 12])
(defn itself [n] (def me (fn [k] (fn [] (if (= k 0) :end ((me (- k 1))))))) ((me n)))
(check (itself 4) :end)

# Reading a name of the group too early.
(defn too-early [] (def f (fn [] later)) (def r (f)) (def later 1) r)
(check-error (too-early) :uninitialized)
(defn untaken [c] (if c (def y 1)) y)
(check (untaken true) 1)
(check-error (untaken false) :uninitialized)
(defn use-top [] top-later)
(check-error (use-top) :uninitialized)
(def top-later 7)
(check (use-top) 7)
(check (get (get (protect (too-early)) 1) :name) 'later)

# A second definition starts a new binding.
(defn twice [] (def x 1) (def f (fn [] x)) (def x (+ x 1)) [x (f)])
(check (twice) [2 1])

# break out of nested regions.
(def p (make-parameter 0))
(defn leave [x] (block :out (while true (parameterize [p (+ (p) 1)] (parameterize [p 5] (if (p) (break :out (p))))))))
(check (leave 1) 5)
(check (p) 0)
(check (try (parameterize [p 9] (error (p))) (catch e [e (p)])) [9 0])

# Cleanups run once, innermost first; their errors win.
(def log @[])
(defn clean [how]
  (defer (push log :outer)
    (defer (push log :inner)
      (cond (= how :error) (error :bad) (= how :value) 1))))
(check (clean :value) 1)
(check (protect (clean :error)) [false :bad])
(check (protect (defer (error :cleanup) (error :body))) [false :cleanup])
(check log @[:inner :outer :inner :outer])

# A handler is outside its region; regions nest.
(check (try (try (error 1) (catch e (error (+ e 1)))) (catch e (+ e 10))) 12)
(check (protect (protect (error :x))) [true [false :x]])
(defn muffled [x] (muffle :error) (+ x 1))
(check (muffled 1) 2)
(check (try (muffled :a) (catch e [e:error e:reason])) [:signal-violation :muffled])
