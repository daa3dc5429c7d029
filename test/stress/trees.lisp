# Random trees of fibers, see test/lang/ev/_trees.lisp: trees.lisp SEED OPERATIONS [SEEDS], SEEDS seeds from SEED on, so many operations
# each. Ends with status 1 and the seed when something does not hold. After the first tenth the memory must not grow any more.
(include-file "../lang/ev/_trees.lisp")
(defn resident-kb []
  (let [line (find (fn [l] (string/starts-with? l "VmRSS:")) (string/split (file/read "/proc/self/status") "\n"))]
    (let [words (string/split line " ")] (parse-int (get words (- (length words) 2))))))
(let [[from count n] (map parse-int (concat (->array (sys/args)) ["1"])) warm-up (max 1 (/ n 10)) descriptors (fn [] (length (file/ls "/proc/self/fd")))
      open (descriptors)]
  (def @kb 0)
  (def @done 0)
  (each i in (range n)
    (assign done (+ done (run-trees (+ from i) count)))
    (when (= (inc i) warm-up) (assign kb (resident-kb))))
  (println done " operations, " n " seeds; resident " kb " kB after warm-up, " (resident-kb) " kB at the end")
  (unless (= (descriptors) open) (wrong "descriptors:" open "before," (descriptors) "after"))
  (when (> (resident-kb) (+ kb (/ kb 4) 16000)) (wrong "the memory grew")))
