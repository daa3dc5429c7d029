(include-file "_outer-include.lisp")
(inner-name)
