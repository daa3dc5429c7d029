# One name twice in a parameter list
(defn area [x x] (* x x))
