(include-file "_includes-itself.lisp")
