# --schedule-seed, --schedule-chaos, --virtual-time, as programs see them: the same seed gives the same text, some other seed another
# one; failures name their seed; an hour of sleeping takes no time.
(include-file "../_check.lisp")
(def evjit (path/canonicalize "/proc/self/exe"))
(defn run [options source] (subprocess/system evjit [;options "-e" source] {:env {:EVJIT_SCHEDULE_SEED "-1"}}))
(defn text [options source]
  (let [r (run options source)]
    (unless (= [r:exit r:stderr] [0 ""]) (println options source " said " r:stderr))
    r:stdout))
(defn different [options source seeds] (length (distinct (map (fn [n] (text [;options "--schedule-seed" (string n)] source)) seeds))))

# --- I/O events of several ports in one poll: an open order -------------------------------------------------------------------------
(def io (string "
(def out @[])
(def listeners (map (fn [i] (unix/listen (string \"@evjit-seeds-" (random/int 1000000000000) "-\" i))) (range 6)))
(defn reader [i] (ev/spawn (fn [] (let [c (unix/accept (get listeners i))] (while (port/read c 1) (push out i))))))
(def readers (map reader (range 6)))
(def clients (map (fn [l] (unix/connect (port/path l))) listeners))
(repeat 4 (ev/sleep 0.01) (each c in clients (port/write c \"x\")))
(each c in clients (port/close c))
(ev/join readers)
(println out)"))
(def options ["--virtual-time"])
(check (text [;options "--schedule-seed" "3"] io) (text [;options "--schedule-seed" "3"] io))
(check (> (different options io (range 1 6)) 1) true)

# --- deadlines at the very same time ------------------------------------------------------------------------------------------------
(def deadlines "
(println (map (fn [_] (ev/timeout 0.5 (fn [] (ev/sleep 0.5) :slept))) (range 20)))")
(check (text [;options "--schedule-seed" "3"] deadlines) (text [;options "--schedule-seed" "3"] deadlines))
(check (> (different options deadlines (range 1 4)) 1) true)

# --- what is promised stays: FIFO --------------------------------------------------------------------------------------------------
(def fifo "
(def out @[])
(ev/join (map (fn [n] (ev/spawn (fn [] (each i in (range 3) (push out n) (yield)) (ev/sleep 0.001) (push out n)))) (range 5)))
(println out)")
(check (different ["--virtual-time"] fifo (range 1 8)) 1)
(check (text ["--schedule-seed" "1"] fifo) (text [] fifo))
(check (> (different ["--virtual-time" "--schedule-chaos"] fifo (range 1 4)) 1) true)

# --- chaos preempts code of the program, not cleanups half-way into nothing ------------------------------------------------------------
(def spin "
(def out @[])
(defn spin [n] (fn [] (def @x 0) (while (< x 2000) (assign x (+ x 1)) (when (= 0 (mod x 500)) (push out n)))))
(ev/join (map (fn [n] (ev/spawn (spin n))) [:a :b :c]))
(println out)")
(check (text [] spin) "@[:a :a :a :a :b :b :b :b :c :c :c :c]\n")
(def chaos ["--virtual-time" "--schedule-chaos"])
(check (text [;chaos "--schedule-seed" "5"] spin) (text [;chaos "--schedule-seed" "5"] spin))
(check (> (different chaos spin (range 1 5)) 2) true)
# an abort of a preempted fiber waits for its next suspension point
(def held "
(def @inside false)
(defn critical [] (assign inside true) (def @x 0) (while (< x 500) (assign x (+ x 1))) (assign inside false) (ev/sleep 1))
(repeat 30
  (let [f (ev/spawn critical)]
    (repeat 3 (ev/sleep 0))
    (ev/abort f)
    (ev/join-protected f)
    (when inside (println \"aborted in the middle\"))
    (assign inside false)))")
(each n in (range 1 6) (check (text [;chaos "--schedule-seed" (string n)] held) ""))

# --- random numbers follow the seed -----------------------------------------------------------------------------------------------------
(def numbers "(println [(random/int 1000000) (random/bytes 4) (clock/realtime)])")
(check (text [;options "--schedule-seed" "3"] numbers) (text [;options "--schedule-seed" "3"] numbers))
(check (different options numbers (range 1 4)) 3)

# --- failures ---------------------------------------------------------------------------------------------------------------------------
(defn last-line [options source] (let [r (run options source)] (check r:exit 1) (last (filter nonempty? (string/split r:stderr "\n")))))
(check (last-line ["--schedule-seed" "7"] "(error :x)") "schedule seed: 7 (rerun with --schedule-seed 7)")
(check (last-line ["--schedule-seed" "7" "--schedule-chaos"] "(ev/spawn (fn [] (error :x)))")
       "schedule seed: 7 (rerun with --schedule-seed 7 --schedule-chaos)")
(check (last-line ["--schedule-seed" "0" "--virtual-time"] "(ev/futex-wait 1 @[0] 0)")
       "schedule seed: 0 (rerun with --schedule-seed 0 --virtual-time)")
(check (string/starts-with? (last-line ["--schedule-chaos"] "(error :x)") "schedule seed: ") true)
(check (string/contains? (get (run [] "(error :x)") :stderr) "seed") false)

# --- virtual time -----------------------------------------------------------------------------------------------------------------------
(def start (clock/monotonic))
(check (text ["--virtual-time"] "
(def start (clock/monotonic))
(repeat 3000 (ev/sleep 1) (ev/timeout 0.15 (fn [] (ev/sleep 60))))
(ev/join (map (fn [i] (ev/spawn (fn [] (ev/sleep i)))) (range 150)))
(time/sleep 1)
(println (round (- (clock/monotonic) start)))") "3600\n")
(check (< (- (clock/monotonic) start) 1) true)
# Connections to itself, files, names and children are waited for; the clock does not run away meanwhile.
(check (text ["--virtual-time"] "
(def l (tcp/listen \"localhost\" 0))
(def server (ev/spawn (fn [] (let [c (tcp/accept l)] (while (port/read-line c) (ev/sleep 10) (port/write c \"pong\n\"))))))
(def c (tcp/connect \"localhost\" (parse-int (last (string/split (port/path l) \":\")))))
(repeat 100 (port/write c \"ping\n\") (unless (= \"pong\" (ev/timeout 10.5 (fn [] (port/read-line c)))) (println :lost)))
(port/close c)
(println [(ev/timeout 5 (fn [] (get (subprocess/system \"sh\" [\"-c\" \"sleep 0.0; echo done\"]) :stdout)))
         (ev/timeout 5 (fn [] (length (port/read (port/open-bytes \"/dev/zero\" :read) 3))))
         (ev/timeout 0.05 (fn [] (subprocess/wait (subprocess/exec \"sleep\" [\"5\"]))))
         (round (clock/monotonic))])
(sys/exit 0)") "[\"done\\n\" 3 nil 1000]\n")
# a program that only looks at the clock sees it move
(check (text ["--virtual-time"] "(while (< (clock/monotonic) 3) nil) (while (< (clock/monotonic) 6) (yield)) (println :moved)") "moved\n")
