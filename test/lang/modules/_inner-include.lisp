(defn inner-name [] :inner)
(defmacro inner-macro (x) `[,x])
