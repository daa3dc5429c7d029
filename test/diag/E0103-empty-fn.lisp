# A function without a body
(def nothing (fn []))
