(import "./_cycle-b.lisp")
