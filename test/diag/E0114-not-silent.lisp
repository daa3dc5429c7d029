# A function that is not as silent as it says
(defn average [xs]
  (silent!)
  (/ (sum xs) (length xs)))
