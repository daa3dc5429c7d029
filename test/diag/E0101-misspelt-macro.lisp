# A misspelt macro
(defn describe-age [n]
  (wehn (< n 18)
    "minor"))
