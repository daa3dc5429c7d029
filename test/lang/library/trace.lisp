# Library functions written in the language show in traces by name alone, like primitives.
# exit: 1
# stderr: at <fn> \(trace\.lisp:6:34\)\n  at map\n  at inner \(trace\.lisp:6
#
(defn inner [xs]
  (let [out (map (fn [y] (string (+ y 1))) xs)] out))
(defn outer [] (let [r (inner [:not-a-number])] r))
(outer)
