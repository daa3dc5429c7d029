# When a crowd has ended its memory is given back, also in a program whose timers never leave it a quiet moment.
(include-file "../_check.lisp")
(defn collections [] (get (ev/stats) :collections))
(def crowd @[])
(repeat 120000 (push crowd (ev/spawn (fn [] (ev/sleep 0.2)))))
(ev/sleep 0)
(def copies (> (get (ev/stats) :copied-stacks) 0)) # sanitized programs copy nothing
(ev/join crowd)
(popn crowd (length crowd))
(def before (collections))
(def until (+ (clock/monotonic) 4))
(while (and copies (= (collections) before) (< (clock/monotonic) until)) (ev/sleep 0.002))
(check (or (not copies) (> (collections) before)) true)
