# Ctrl-C reaches a fiber that never calls anything: compiled code must not lose the request (jit/lower, spend_fuel).
# Each program gets SIGINT a fifth of a second after it began; 130 is the exit status for that. Ten rounds, because a lost
# request depended on the instruction that the signal hit.
(def evjit (path/canonicalize "/proc/self/exe"))
(defn interrupted [program after]
  (let [child (subprocess/exec evjit ["-e" (string "(eprint \"up\\n\") " program)] {:stdout :null})]
    (port/read-line child:stderr)
    (ev/sleep after)
    (subprocess/kill child :sigint)
    (let [code (ev/timeout 10 (fn [] (subprocess/wait child)))]
      (when (nil? code) (subprocess/kill child :sigkill))
      (port/close child:stderr)
      code)))
(each program in ["(ev/spawn (fn [] (ev/sleep 0.05) (forever nil))) (ev/sleep 60)" # another fiber spins: it steps aside for main
                  "(ev/join (ev/spawn (fn [] (fiber/resume (fiber/new (fn [] (forever nil)) |:yield|)))))"
                  "(ev/run (fn [] (ev/sleep 60)) (fn [] (forever nil)))" # main runs a scheduler whose fiber spins
                  "(ev/run (fn [] (ev/run (fn [] (forever nil)))))"
                  "(ev/spawn (fn [] (ev/run (fn [] (forever nil))))) (ev/sleep 60)" # another fiber runs such a scheduler
                  "(def process ((import \"std/process\"))) (process:start (fn [] (forever nil)))"
                  "(ev/scope (fn [spawn] (spawn (fn [] (forever nil))) (ev/sleep 60)))"
                  "(forever nil)" "(while true (+ 1 2))" "(defn spin [n] (spin (+ n 1))) (spin 0)"]
  (each code in (ev/map-limited (fn [_] (interrupted program 0.2)) (range 10) 2)
    (assert (= code 130) (string program " ended with " code))))

# Main has been told, and others that will spin come before it, or before the loop that is to see its end: they step aside as well. It depends
# on when the signal comes.
(each program in ["(repeat 3 (ev/spawn (fn [] (ev/sleep 0.04) (forever nil)))) (ev/sleep 60)"
                  "(ev/run (fn [] (ev/sleep 60)) (fn [] (ev/sleep 0.04) (forever nil)) (fn [] (ev/sleep 0.041) (forever nil)))"
                  "(repeat 3 (ev/spawn (fn [] (ev/sleep 0.04) (ev/run (fn [] (forever nil)))))) (ev/run (fn [] (ev/sleep 0.04) (forever nil)))"]
  (each code in (ev/map-limited (fn [i] (interrupted program (+ 0.035 (* i 0.0004)))) (range 50) 4)
    (assert (= code 130) (string program " ended with " code))))

# The error is main's: its cleanup runs, and if main goes on, so does the fiber that stepped aside.
(defn output [program]
  (let [child (subprocess/exec evjit ["-e" program] {:stdout :null})
        text (begin (port/read child:stderr 6) (subprocess/kill child :sigint) (string (port/read-all child:stderr)))]
    [(subprocess/wait child) text]))
(def spinner "(def @stop false) (def f (ev/spawn (fn [] (ev/sleep 0.01) (eprint \"ready\\n\") (def @n 0) (while (not stop) (assign n (+ n 1))) :stopped)))")
(let [[code text] (output (string spinner "(defer (eprint \"cleaned\\n\") (ev/sleep 60))"))]
  (assert (and (= code 130) (string/starts-with? text "cleaned\nerror: interrupted")) (string code text)))
(let [[code text] (output (string spinner "(try (ev/sleep 60) (catch e (eprint e:error))) (assign stop true) (eprint (ev/join f))"))]
  (assert (and (= code 0) (= text "interruptedstopped")) (string code text)))
