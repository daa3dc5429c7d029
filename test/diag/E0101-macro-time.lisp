# A run-time name in a macro body
(def width 80)
(defmacro ruler []
  `(println (string/repeat "-" ,width)))
(ruler)
