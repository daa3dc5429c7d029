# What is left of a rewrite
(defn total [prices]
  [:old prices]
  (sum prices))
