# A bracket closed by a parenthesis
(defn total [xs)
  (sum xs))
