:lisp
