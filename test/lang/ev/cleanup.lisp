# Cleanups that wait: in schedulers that end early, and in a deadlock.
(include-file "../_check.lisp")

# An aborted ev/run ends its fibers as ev/scope does: their cleanups come to their end first.
(def trail @[])
(defn slow [name] (fn [] (defer (begin (ev/sleep 0.001) (ev/sleep 0) (push trail name)) (ev/sleep 60))))
(let [host (ev/spawn (fn [] (defer (push trail :host) (ev/run (slow :a) (slow :b)))))]
  (ev/sleep 0)
  (ev/sleep 0)
  (ev/abort host)
  (check trail @[])
  (check (get (get (ev/join-protected host) 1) :error) :aborted)
  (check (take 2 (sort (freeze (take 2 trail)))) [:a :b])
  (check (last trail) :host))

# A deadlock in a cleanup of the main fiber: the wait ends, the program too.
(defn run [source] (ev/timeout 20 (fn [] (subprocess/system (path/canonicalize "/proc/self/exe") ["-e" source]))))
(let [r (run "(defer (begin (ev/futex-wait 1 @[0] 0) (println :never)) (println :body))")]
  (check [r:exit r:stdout] [1 "body\n"])
  (check (string/starts-with? r:stderr "error: deadlock: deadlock: 1 fiber parked") true))
(let [r (run "(def f (ev/spawn (fn [] (defer (ev/futex-wait 1 @[0] 0) (ev/sleep 0.001))))) (defer (ev/join f) (println :body))")]
  (check [r:exit r:stdout] [1 "body\n"]))
# an inner scheduler whose cleanups wait for each other is given up
(let [r (run "(def f (ev/spawn (fn [] (ev/run (fn [] (defer (ev/futex-wait 1 @[0] 0) (ev/sleep 60)))))))
(ev/sleep 0) (ev/sleep 0) (ev/abort f) (println (first (ev/join-protected f)))")]
  (check r:exit 1))

# fiber/cancel of a fiber in ev/run: its fibers could never go on, so they are cancelled with it. It cannot be cancelled from inside.
(defn counts [] (let [s (ev/stats)] [s:live s:waits s:timers]))
(let [before (counts) host (ev/spawn (fn [] (ev/run (fn [] (ev/run (fn [] (ev/sleep 60)) (fn [] (ev/sleep 60)))))))]
  (repeat 4 (ev/sleep 0))
  (fiber/cancel host :gone)
  (check (ev/join-protected host) [false :gone])
  (check (counts) before))
(def @host nil)
(assign host (ev/spawn (fn [] (ev/run (fn [] (check (try (fiber/cancel host) (catch e e:reason)) :alive) (ev/sleep 0) :inner)))))
(check (ev/join host) :inner)
