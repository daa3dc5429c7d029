# A closer is missing in the middle
(defn pair-up [xs]
  (let ([a (first xs)]
        [b (last xs)]
    [a b]))
