# Included by the guide to modules.
(defmacro quad [e] `(* 4 ,e))
