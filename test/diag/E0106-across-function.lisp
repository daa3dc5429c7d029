# A break out of a function
(defn find-first [wanted? xs]
  (block
    (map (fn [x] (when (wanted? x) (break x))) xs)
    nil))
