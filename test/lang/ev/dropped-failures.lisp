# stderr: ^(unobserved failure|$)
# Failures that nobody has observed keep no scheduler (09 section 9), though what was raised knows it. After a second they are reported:
# on a slow machine before they are gone.
(include-file "../_check.lisp")
(include-file "_garbage.lisp")
(def before (live))
(ev/join (ev/spawn (fn []
  (repeat 30
    (let [s (make-async-scheduler)]
      ((get s :spawn) (fiber/new (fn [] (error [s])) :error))
      ((get s :spawn) (fiber/new (fn [] (ev/sleep 1000)) :error))
      ((get s :step) 0))))))
(check (collect-until (fn [] (<= (- (live) before) 4))) true)
