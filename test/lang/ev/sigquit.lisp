# SIGQUIT lists the fibers and the program goes on: while a fiber spins without a call, while all wait, in both tiers.
(include-file "../_check.lisp")
(def evjit (path/canonicalize "/proc/self/exe"))

# Lines of the child's stderr until one contains `text`, that one included; all that came if there is none.
(defn lines-until [child text]
  (let [lines @[]]
    (ev/timeout 20 (fn []
      (def @going true)
      (while going
        (let [line (port/read-line child:stderr)]
          (cond
            (nil? line) (assign going false)
            true (begin (push lines (string line)) (when (string/contains? (string line) text) (assign going false))))))))
    (string/join lines "\n")))

(defn start [level program]
  (let [child (subprocess/exec evjit ["--opt" level "-e" (string program)] {:stdout :null})]
    (lines-until child ":ready")
    child))

(defn has [text & pieces]
  (each piece in pieces
    (unless (string/contains? text piece) (println "no " piece " in\n" text))))

(defn ends [child]
  (subprocess/kill child :sigint)
  (let [code (ev/timeout 10 (fn [] (subprocess/wait child)))]
    (when (nil? code) (subprocess/kill child :sigkill))
    code))

(def other "(def other (ev/set-name (ev/spawn (fn [] (ev/sleep 60))) :other)) (ev/sleep 0) (debug/print :ready) ")
(each level in ["1" "2"]
  (each loop in ["(forever nil)" "(while true (+ 1 2))" "(defn spin [n] (spin (+ n 1))) (spin 0)"]
    (let [child (start level (string other loop))]
      (each round in (range 3)
        (subprocess/kill child :sigquit)
        (has (lines-until child "<expr>:1:2") "2 fibers: 1 running, 1 parked" "#1 running" "#2 :other parked" "in ev/sleep"))
      (check (ends child) 130))))

# Everything waits in the poller.
(let [child (start "1" (string other "(ev/join other)"))]
  (each round in (range 3)
    (subprocess/kill child :sigquit)
    (has (lines-until child "in ev/sleep") "2 fibers: 2 parked" "#1 parked" "in ev/join on #2 :other"))
  (check (ends child) 130))

# Inside ev/run, by a hand-driven fiber that spins.
(let [child (start "1" (string other "(ev/run (fn [] (fiber/resume (fiber/new (fn [] (forever nil)) |:yield|)) 1))"))]
  (subprocess/kill child :sigquit)
  (has (lines-until child "resumed by") "3 fibers: 2 running, 1 parked" "#1 running scheduler 2" "#2 :other parked"
       "scheduler 2, run by #1 of scheduler 1" "#1 running; spawned at <expr>:1:")
  (subprocess/kill child :sigkill))

# A fiber that waits for the signal gets it instead; when nobody waits any more, the list is back.
(let [child (start "1" "(def f (ev/spawn (fn [] (ev/wait-signal :sigquit)))) (ev/sleep 0) (debug/print :ready) (debug/print [:got (ev/join f)]) (ev/sleep 60)")]
  (subprocess/kill child :sigquit)
  (check (lines-until child ":got") "[DEBUG] [:got :sigquit]")
  (subprocess/kill child :sigquit)
  (has (lines-until child "in ev/sleep") "1 fiber: 1 parked")
  (check (ends child) 130))
