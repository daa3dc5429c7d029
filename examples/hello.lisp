# The smallest program, and two fibers that take turns.
(println "Hello from evjit!")

(defn count-to [n name]
  (each i in (range 1 (+ n 1))
    (println name " " i)
    (yield)))                       # let the others run

(ev/join [(ev/spawn (fn [] (count-to 2 "ping")))
          (ev/spawn (fn [] (count-to 2 "pong")))])
