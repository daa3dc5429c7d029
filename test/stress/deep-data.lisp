# test/lang/values/deep.lisp with a million levels (about a minute; 2 GB).
(include-file "../lang/_check.lisp")
(def levels 1000000)
(include-file "../lang/values/_deep.lisp")
(defn check-all []
  (each make in kinds
    (check-deep-reading (make) (make))
    (check-deep-building (make) (make))))
(check-all)
(check (ev/join (ev/spawn (fn [] (check-all) :done))) :done)
