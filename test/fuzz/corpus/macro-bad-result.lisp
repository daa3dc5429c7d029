(defmacro bad () (fn [] 1))
(bad)