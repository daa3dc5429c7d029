# A match without a last resort
(defn area [shape]
  (match shape
    [:circle r] (* 3.14159 r r)
    [:square a] (* a a)))
