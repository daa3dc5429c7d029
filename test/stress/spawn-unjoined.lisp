# 10^6 fibers spawned in a loop and never joined, several times over: all run, none is left, memory stays flat. Half a minute.
(def count 1000000)
(def rounds 5)

(defn resident-after [thunk]
  (def @ran 0)
  (thunk (fn [] (assign ran (+ ran 1))))
  (ev/sleep 0.01)
  (assert (= ran count) "all ran")
  (first (debug/memory)))

(defn at-once [note] (repeat count (ev/spawn note)))
(defn while-they-run [note] (def @i 0) (while (< i count) (ev/spawn note) (assign i (+ i 1)) (when (= 0 (mod i 1000)) (yield))))
(defn parked-for-a-while [note] (repeat count (ev/spawn (fn [] (ev/sleep 0) (note)))) (repeat 3 (ev/sleep 0)))
(defn from-their-parent [note] # each is spawned by the one before it
  (def @left count)
  (defn next [] (note) (assign left (- left 1)) (when (> left 0) (ev/spawn next)))
  (ev/spawn next)
  (while (> left 0) (yield)))

(each [name way] in [["at once" at-once] ["while they run" while-they-run] ["parked" parked-for-a-while] ["a chain" from-their-parent]]
  (def sizes (map (fn [_] (resident-after way)) (range rounds)))
  (println name ": resident MB after each round: " (map (fn [b] (round (/ b 1e6))) sizes))
  (assert (< (last sizes) (* 1.2 (get sizes 1))) (string name ": memory grows")))

# Failures that nobody observes: kept as 16 and a count; the first is what the scheduler raises.
(def [ok? e] (protect (ev/run (fn [] (repeat count (ev/spawn (fn [] (error :unlucky))))))))
(assert (and (not ok?) (= e :unlucky)) "the first failure is raised")
(println "10^6 unobserved failures: resident MB " (round (/ (first (debug/memory)) 1e6)))
