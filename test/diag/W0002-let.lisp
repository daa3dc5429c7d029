# A name that nobody reads
(defn price [item]
  (let [tax (* item:net 0.2)
        total (+ item:net 5)]
    item:net))
