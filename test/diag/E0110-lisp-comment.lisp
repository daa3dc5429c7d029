# A comment as in other Lisps
; adds one
(defn plus [n] (+ n 1))
