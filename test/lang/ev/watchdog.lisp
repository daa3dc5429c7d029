# --watchdog: a fiber that holds the loop is reported with its stack, once and at doubling times; others and the idle loop are not.
(include-file "../_check.lisp")
(def evjit (path/canonicalize "/proc/self/exe"))
(defn run [options program]
  (let [result (subprocess/system evjit [;options "-e" program])]
    (check result:exit 0)
    result:stderr))
(defn reports [text] (filter (fn [line] (string/starts-with? line "watchdog: ")) (string/split text "\n")))
(defn has [text & pieces]
  (each piece in pieces
    (unless (string/contains? text piece) (println "no " piece " in\n" text))))

(def spin "(defn spin [seconds] (let [end (+ (clock/monotonic) seconds)] (while (< (clock/monotonic) end) nil)) 1) ")
(each level in ["1" "2"]
  (let [text (run ["--opt" level "--watchdog" "200"]
                  (string spin "(ev/join (ev/set-name (ev/spawn (fn [] (+ 1 (spin 1.1)))) \"hog\"))"))
        lines (reports text)]
    (has text "watchdog: fiber #2 \"hog\" has held the loop for " "; spawned at <expr>:1:" "at spin (<expr>:1:" "at <fn> (<expr>:1:")
    (check (and (>= (length lines) 1) (<= (length lines) 3)) true))) # at 200, 400 and 800 ms

# Blocked outside the language: reported as soon as it is back.
(has (run ["--watchdog" "50"] (string spin "(time/sleep 0.3) (spin 0.01)")) "watchdog: fiber #1 has held the loop for " "at spin")

# Waiting is no offence, and fibers that take turns hold nothing.
(check (run ["--watchdog" "300"] "(ev/sleep 0.8)") "")
(check (run ["--watchdog" "400"] (string "(def end (+ (clock/monotonic) 1)) (defn turn [] (while (< (clock/monotonic) end) (yield)))"
                                         "(ev/join [(ev/spawn turn) (ev/spawn turn)])")) "")
# Off.
(check (run [] (string spin "(spin 0.3)")) "")
