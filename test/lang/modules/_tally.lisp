(def @made 0)
(fn [&named @start]
  (default start 0)
  (assign made (+ made 1))
  (def @n start)
  {:bump (fn [] (assign n (+ n 1)) n)
   :made (fn [] made)})
