(def a (undefined-thing 1))
(def b
  (undefined-other))
