(list 1
  (inc 2 3))
