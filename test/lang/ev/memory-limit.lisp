# env: EVJIT_HEAP_LIMIT=20m
# timeout: 60
# Fibers that park count towards the limit of the heap, with their stacks; when they have ended, spawning works again.
(include-file "../_check.lisp")
(def cell @[0])
(def @started 0)
(def @ended 0)
(defn parked []
  (assign started (+ started 1))
  (ev/futex-wait :never cell 0)
  (assign ended (+ ended 1)))
(defn spawn-to-the-limit []
  (def most 300000)
  (def @n 0)
  (while (< n most)
    (ev/spawn parked)
    (assign n (+ n 1))
    (when (= 0 (mod n 1000)) (ev/sleep 0)))
  :no-limit)
(repeat 2
  (check-error (spawn-to-the-limit) :out-of-memory)
  (put cell 0 1)
  (ev/futex-wake :never started)
  (while (< ended started) (ev/sleep 0))
  (put cell 0 0)
  (check (ev/join (ev/spawn (fn [] (+ 1 2)))) 3))
(check (< started 200000) true)
