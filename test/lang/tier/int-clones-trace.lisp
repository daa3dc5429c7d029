# A trace shows each level of an integer function once, whichever body ran; the way into the unboxed one is no frame.
# exit: 1
# stderr: :value nil\n  at down \(int-clones-trace\.lisp:5:1\)\n(  at down \(int-clones-trace\.lisp:7:10\)\n){3}  at outer \(int-clones-trace\.lisp:8:31\)\n  at <toplevel>
#
(defn down [n]
  (if (= n 0) 0
    (+ 1 (down (- n 1)))))
(defn outer [n] (let [r (list (down n))] r))
(def f (ev/spawn (fn [] (outer 100))))
(fiber/set-fuel f 5)
(ev/join f)
