# A misspelt name
(def total 3)
(defn report []
  (prnitln "total: " totl))
