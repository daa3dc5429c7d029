# Random trees of fibers, see test/lang/ev/_trees.lisp: trees.lisp SEED OPERATIONS [SEEDS], SEEDS seeds from SEED on, so many operations
# each. Ends with status 1 and the seed when something does not hold. After the first tenth, and 300 000 operations, the memory must not grow
# any more. With --virtual-time a run repeats exactly, whatever --schedule-seed and --schedule-chaos it has.
(include-file "../lang/ev/_trees.lisp")
(defn resident-kb []
  (let [line (find (fn [l] (string/starts-with? l "VmRSS:")) (string/split (file/read "/proc/self/status") "\n"))]
    (let [words (string/split line " ")] (parse-int (get words (- (length words) 2))))))
(defn descriptors [] (length (file/ls "/proc/self/fd")))
(let [[from count n] (map parse-int (concat (->array (sys/args)) ["1"]))
      warm-up (max 300000 (/ (* n count) 10))
      open (descriptors)]
  (def @kb nil)
  (def @done 0)
  (each i in (range n)
    (assign done (+ done (run-trees (+ from i) count)))
    (when (and (nil? kb) (> done warm-up)) (assign kb (resident-kb))))
  (unless (= (descriptors) open) (wrong "descriptors:" open "before," (descriptors) "after"))
  (println done " operations, " n " seeds; resident " kb " kB after warm-up, " (resident-kb) " kB at the end")
  (when (and kb (> (resident-kb) (+ kb (/ kb 4) 16000))) (wrong "the memory grew")))
