(def @count 0)
(def private 5)
(defmacro private-macro (x) x)
(fn [&opt step & more]
  {:next (fn [] (assign count (+ count (or step 1))) count)
   :args more
   :length-of (fn [x] (length x))
   :env (fn [] (keys (environment)))})
