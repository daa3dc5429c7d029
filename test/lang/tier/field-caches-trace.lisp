# An access that fails is shown at its own place, also where the place has worked for other objects before.
# exit: 1
# stderr: get: expected integer index, got keyword\n  :arg 1\n  :got :keyword\n  at total \(field-caches-trace\.lisp:6:6\)\n  at <fn> \(field-caches-trace\.lisp:9:34\)\n  at fold\n  at sum \(field-caches-trace\.lisp:9:11\)\n  at <toplevel> \(field-caches-trace\.lisp:10:1\)\n
#
(defn total [c]
  (+ (get c :base)
     (get c :extra)))
(defn sum [orders]
  (let [n (reduce (fn [n o] (+ n (total o))) 0 orders)] (+ n 0)))
(sum [{:base 1 :extra 2} {:base 3 :extra 4}
      @{:base 1 :extra 2} '(1 2)])
