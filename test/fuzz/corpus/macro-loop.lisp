(defmacro again (x) `(again ,x))
(again 1)