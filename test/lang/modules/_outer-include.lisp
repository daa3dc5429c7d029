(include-file "./_inner-include.lisp")
(def outer-name 1)
