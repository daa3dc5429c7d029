# A module: a function that returns what it offers. Everything else is private.
(fn [&named @start]
  (default start 0)
  (def @n start)
  {:next (fn [] (assign n (+ n 1)))
   :reset (fn [] (assign n start))})
