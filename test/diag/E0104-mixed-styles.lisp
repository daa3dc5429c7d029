# Pairs inside the flat style
(let [[a 1] [b 2]]
  (+ a b))
