(def x 1) (+ x 41)
