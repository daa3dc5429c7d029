; this is no comment
;x
(def y ;[1 2])