(include-file "_include-b.lisp")
