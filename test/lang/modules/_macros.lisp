(defmacro quad (e) `(* 4 ,e))
(def included :yes)
