# An include that is not there
(include-file "helpers.lisp")
