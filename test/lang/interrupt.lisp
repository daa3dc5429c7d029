# Ctrl-C reaches a fiber that never calls anything: compiled code must not lose the request (jit/lower, spend_fuel).
# Each program gets SIGINT a fifth of a second after its start; 130 is the exit status for that. Ten rounds, because a lost
# request depended on the instruction that the signal hit.
(def evjit (path/canonicalize "/proc/self/exe"))
(defn interrupted [program]
  (let [child (subprocess/exec evjit ["-e" program] {:stdout :null :stderr :null})]
    (ev/sleep 0.2)
    (subprocess/kill child :sigint)
    (let [code (ev/timeout 10 (fn [] (subprocess/wait child)))]
      (when (nil? code) (subprocess/kill child :sigkill))
      code)))
(each program in ["(forever nil)" "(while true (+ 1 2))" "(defn spin [n] (spin (+ n 1))) (spin 0)"]
  (each code in (ev/map-limited (fn [_] (interrupted program)) (range 10) 2)
    (assert (= code 130) (string program " ended with " code))))
