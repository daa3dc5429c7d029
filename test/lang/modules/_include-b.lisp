(include-file "_include-a.lisp")
