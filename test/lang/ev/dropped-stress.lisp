# env: EVJIT_GC_STRESS=10
# Stack slots and the memory of dropped schedulers are used again at once: what a cancelled fiber had on its stack must not be found
# on that of the next one, which may be at the same addresses.
(include-file "../_check.lisp")
(include-file "_garbage.lisp")
(def sync ((import "std/sync")))
(def cleanups @[])
# However many schedulers there were. AddressSanitizer's frames have wide gaps that keep old words: there only a crash or a hang fails.
(def few (if (= (sys/env "EVJIT_TEST_PRESET") "asan") 1000 8))
(def before (live))
(def lock (sync:make-lock))
(lock:acquire)
(defn drop-one [i]
  (let [s (make-async-scheduler)
        sleeps (fn [] (defer (push cleanups i) (ev/sleep 0.001)) s)
        waits (fn [] (defer (push cleanups i) (lock:acquire)))] # all of these are known to the one lock
    ((get s :spawn) (fiber/new (if (odd? i) waits sleeps) :error))
    ((get s :step) 0)))
(defn left [n]
  (each i (range n) (drop-one i))
  (collect-until (fn [] (<= (- (live) before) few)))
  (- (live) before))
(check (<= (left 100) few) true)
(check (<= (left 1000) few) true)
