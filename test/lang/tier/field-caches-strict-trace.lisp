# Destructuring that fails is shown at the form that destructures.
# exit: 1
# stderr: destructuring: no key :width\n  :got :struct\n  at area \(field-caches-strict-trace\.lisp:7:9\)\n  at map\n  at areas \(field-caches-strict-trace\.lisp:9:30\)\n  at <toplevel> \(field-caches-strict-trace\.lisp:10:1\)\n
#
(defn area [shape]
  (let [n 1
        {:width w :height h} shape]
    (+ 0 (* n w h))))
(defn areas [shapes] (let [r (map area shapes)] r))
(areas [{:width 1 :height 2} {:height 1}])
