# include: macros and definitions of another file join the unit (06 section 3).
(include-file "../_check.lisp")
(include-file "_macros.lisp")
(include "./_macros")
(check (quad 3) 12)
(check included :yes)
(check (get (get (protect (eval '(include "./_nowhere"))) 1) :error) :eval-error)
