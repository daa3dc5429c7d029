# A handler that takes requests and never answers them, but drops the fibers that asked: their waits and timers go with them.
(include-file "../_check.lisp")
(include-file "_garbage.lisp")
(def done (ev/spawn (fn [] (ev/sleep 60))))
(defn ask [i]
  (let [f (fiber/new (fn [] (if (odd? i) (ev/sleep 60) (ev/join done))) |:io :wait|)]
    (fiber/resume f)
    (fiber/status f)))
(check (ask 0) :paused)
(check (ask 1) :paused)
(repeat 500 (ask 0) (ask 1))
(defn waits [] (get (ev/stats) :waits))
(collect-until (fn [] (< (waits) 50)))
(check (< (waits) 50) true)
(check (< (get (ev/stats) :timers) 50) true)
# One that is kept, and passed on after a while, is answered.
(def asked (fiber/new (fn [] (ev/sleep 0.001) :slept) :io))
(def request (fiber/resume asked))
(collect-until (fn [] false))
(check (fiber/resume asked (emit |:io :yield| request)) :slept)
(ev/abort done)
