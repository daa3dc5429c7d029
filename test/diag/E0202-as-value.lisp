# A macro used as a value
(def checks (map when [true false]))
