# Schedulers that nobody refers to any more, and failures and shutdowns of inner ones (09 section 9).
(include-file "../_check.lisp")
(def sync ((import "std/sync")))
(defn live [] (get (ev/stats) :live))
(defn collect-until [done?]
  "Makes garbage until it is so."
  (def @tries 0)
  (while (and (not (done?)) (< tries 40))
    (assign tries (+ tries 1))
    (repeat 50 (freeze (range 20000)))
    (ev/sleep 0))
  (done?))

# fibers of a dropped scheduler are cancelled: who waits for them hears of it, no cleanup runs, what they wait for forgets them
(def lock (sync:make-lock))
(lock:acquire)
(def seen @[])
(def cleanups @[])
(defn drop-one [i]
  (let [s (make-async-scheduler)
        sleeps (fn [] (defer (push cleanups i) (ev/sleep 0.001)) s) # knows s
        waits (fn [] (defer (push cleanups i) (lock:acquire))) # the lock knows this fiber
        f (fiber/new (if (odd? i) waits sleeps) :error)]
    ((get s :spawn) f)
    ((get s :step) 0)
    (when (= i 7) (push seen f))))
(def before (live))
(each i (range 100) (drop-one i))
(check (live) (+ before 100))
(check (collect-until (fn [] (= (live) before))) true)
(check (fiber/error? (first seen)) true)
(check (get (fiber/value (first seen)) :error) :aborted)
(check cleanups @[])
(lock:release)
(check (lock:try-acquire) true)

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
(repeat 100 (protect (ev/run (fn [] (ev/spawn (fn [] (error :x))) (ev/sleep 0) (error :y)))))
(check (live) before)

# a shutdown that is asked for while the others wait begins at once
(def start (clock/monotonic))
(ev/run (fn [] (ev/spawn (fn [] (ev/sleep 3))) (ev/sleep 0) (ev/shutdown 1000)))
(check (< (- (clock/monotonic) start) 1) true)
(def asked @[])
(ev/run (fn [] (ev/spawn (fn [] (try (ev/sleep 3) (catch e (push asked (get e :error)))))) (ev/sleep 0) (ev/shutdown 1000)))
(check asked @[:shutdown])
