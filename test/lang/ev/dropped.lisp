# Schedulers that nobody refers to any more, and failures and shutdowns of inner ones (09 section 9).
(include-file "../_check.lisp")
(def sync ((import "std/sync")))
(include-file "_garbage.lisp")
(def before (live))
# What words left over on some stack may keep: as many of a thousand as of a hundred.
(def handful 8)
(defn few-left? [] (<= (- (live) before) handful))
(defn all-but-a-handful? [all done?]
  (<= (- (length all) handful) (length (filter done? all))))

# Fibers of a dropped scheduler are cancelled: who waits for them hears of it, no cleanup runs, what they wait for forgets them.
(def cleanups @[])
(defn make-one [i seen locks]
  (let [s (make-async-scheduler)
        lock (sync:make-lock)
        sleeps (fn [] (defer (push cleanups i) (ev/sleep 0.001)) s) # knows s
        waits (fn [] (defer (push cleanups i) (lock:acquire))) # the lock knows this fiber
        f (fiber/new (if (odd? i) waits sleeps) :error)]
    (lock:acquire)
    ((get s :spawn) f)
    ((get s :step) 0)
    (when (odd? i) # who knows one of the others knows its scheduler
      (push seen f)
      (push locks lock))
    s))
(defn make-and-drop [n seen locks]
  "How many fibers lived before the schedulers were dropped."
  (let [held @[]]
    (each i (range n) (push held (make-one i seen locks)))
    (let [alive (- (live) before)]
      (repeat n (pop held)) # a word that still names the array must not keep all of them
      alive)))
(defn aborted? [f] (and (fiber/error? f) (= (get (fiber/value f) :error) :aborted)))
(defn try-it [n]
  (let [seen @[] locks @[]
        alive (ev/join (ev/spawn (fn [] (make-and-drop n seen locks))))] # its stack is gone afterwards
    (check (* 2 (length seen)) n)
    (check (<= n alive (+ n 1 handful)) true)
    (check (collect-until few-left?) true)
    (check (all-but-a-handful? seen aborted?) true)
    (check cleanups @[])
    (each lock locks (lock:release))
    (check (all-but-a-handful? locks (fn [lock] (lock:try-acquire))) true)))
(try-it 100)
(try-it 1000)

# Fibers that wait for each other keep no scheduler, though they know it.
(defn drop-some [fibers]
  (ev/join (ev/spawn (fn []
    (repeat 30
      (let [s (make-async-scheduler)]
        (each f (fibers s) ((get s :spawn) f))
        ((get s :step) 0))))))
  (check (collect-until few-left?) true))
(defn guarded [thunk] (fiber/new thunk :error))
(defn sleeper [s] (guarded (fn [] (ev/sleep 1000) s)))
(drop-some (fn [s] (let [a (sleeper s)] [a (guarded (fn [] (ev/join a)))])))
(drop-some (fn [s] (let [a (sleeper s)] [a (guarded (fn [] (ev/select [a])))])))
(drop-some (fn [s] [(guarded (fn [] (ev/scope (fn [spawn] (spawn (fn [] (ev/sleep 1000) s))))))]))
(drop-some (fn [s] [(guarded (fn [] (let [c (ev/spawn (fn [] (ev/sleep 1000) s)) [next _] (ev/as-completed [c])] (next))))]))
(drop-some (fn [s] (let [cell @[0 s]] [(guarded (fn [] (ev/futex-wait cell cell 0)))])))
(drop-some (fn [s] (let [cell @[0] key [s]] [(guarded (fn [] (ev/futex-wait key cell 0))) (guarded (fn [] (ev/futex-wait [s] cell 0)))])))

# one that is known only to a fiber outside lives on
(def waits (let [s (make-async-scheduler) f (fiber/new (fn [] (ev/sleep 0.2) :done) :error)]
  ((get s :spawn) f)
  ((get s :step) 0)
  (ev/spawn (fn [] (ev/sleep 0.3) ((get s :pump)) (fiber/value f)))))
(collect-until (fn [] false))
(check (ev/join waits) :done)
# and one that is being pumped
(check (ev/run (fn [] (let [s (make-async-scheduler) f (fiber/new (fn [] (ev/sleep 0.01) (collect-until (fn [] false)) (ev/sleep 0.01) :pumped) :error)]
  ((get s :spawn) f) ((get s :pump)) (fiber/value f)))) :pumped)

# ev/run that fails leaves nothing
(def lived (live))
(repeat 100 (protect (ev/run (fn [] (ev/spawn (fn [] (error :x))) (ev/sleep 0) (error :y)))))
(check (<= (live) lived) true)

# a shutdown that is asked for while the others wait begins at once
(def start (clock/monotonic))
(ev/run (fn [] (ev/spawn (fn [] (ev/sleep 3))) (ev/sleep 0) (ev/shutdown 1000)))
(check (< (- (clock/monotonic) start) 1) true)
(def asked @[])
(ev/run (fn [] (ev/spawn (fn [] (try (ev/sleep 3) (catch e (push asked (get e :error)))))) (ev/sleep 0) (ev/shutdown 1000)))
(check asked @[:shutdown])
