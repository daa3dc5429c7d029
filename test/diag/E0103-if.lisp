# An if with too many branches
(defn sign [n]
  (if (< n 0) -1
      (= n 0) 0
      1))
