# Spawns fibers that park until memory ends: a catchable error, after which everything goes on. `spawn-to-limit` sets the limits.
(def cell @[0])
(def @started 0)
(def @ended 0)
(defn parked []
  (assign started (+ started 1))
  (ev/futex-wait :never cell 0)
  (assign ended (+ ended 1)))
(defn spawn-for-ever []
  (def @n 0)
  (forever (ev/spawn parked) (assign n (+ n 1)) (when (= 0 (mod n 1000)) (ev/sleep 0))))

(defn to-the-limit []
  (def [ok? e] (protect (spawn-for-ever)))
  (assert (and (not ok?) (= (get e :error) :out-of-memory)) (string "a catchable error, not " e))
  (println started " fibers, resident MB " (round (/ (first (debug/memory)) 1e6)) ": " (get e :message))
  (put cell 0 1)
  (ev/futex-wake :never started)
  (while (< ended started) (ev/sleep 0))
  (put cell 0 0)
  (assert (= 3 (ev/join (ev/spawn (fn [] (+ 1 2))))) "spawning works again"))
(repeat 3 (to-the-limit))
