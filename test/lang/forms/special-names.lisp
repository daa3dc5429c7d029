# stderr: ^(<eval>:1:1: warning: '(if|match)' is a special form[^\n]*\n  help: [^\n]*\n){3}$
# A special form's name may be bound, with a warning; as a head it stays the form (03 section 1).
(include-file "../_check.lisp")
(check (eval '(let [if +] (if true 1 2))) 1)
(check (eval '(let [if +] (apply if [1 2]))) 3)
(check (eval '((fn [match] [match]) 3)) [3])
