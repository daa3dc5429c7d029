(def if 1)
(let [fn 2 quote 3] fn)
(defn def [] 1)