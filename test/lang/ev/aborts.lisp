# Aborts at every suspension point (09 sections 5.4 and 6), generated: each case parks in one kind of wait, often several times; it
# is aborted after k turns for k = 0, 1, ... until it has ended before, in five ways (`modes`). Afterwards no fiber, wait, timer or
# descriptor is left, no step has run twice, no cleanup was left out.
#
# What counts as a leak: see `settled`.
# timeout: 120
(include-file "../_check.lisp")
(def sync ((import "std/sync")))

# --- cases: name -> (fn [step] [run free]) -----------------------------------------------------------------------------------------
# run is what the victim does; it calls (step) after each of its waits. free ends what the case itself holds (helpers, ports), for
# whatever state the abort left; it may wait.
(def cases @[])
(defn add-case [name make] (push cases [name make]))
(defn aborted? [e] (and (struct? e) (= (get e :error) :aborted)))
(defn nothing [] nil)
(defn turns [n] (repeat n (ev/sleep 0)))
(defn slow [n v] "A fiber that ends after n turns." (ev/spawn (fn [] (turns n) v)))
(defn end-fibers [fibers] (each f in fibers (ev/abort f) (ev/join-protected f)))
(defn quietly [thunk] "Errors other than aborts are dropped." (try (thunk) (catch e (when (aborted? e) (error e)))))
(defn slow-cleanup [thunk] (defer (turns 2) (thunk)))

(add-case :sleep (fn [step] [(fn [] (ev/sleep 0) (step) (ev/sleep 0.0001) (step)) nothing]))
(add-case :yield (fn [step] [(fn [] (yield) (step) (yield) (step)) nothing]))
(add-case :join (fn [step]
  (let [f (slow 3 1) g (slow 2 2)]
    [(fn [] (ev/join [f [g]]) (step) (ev/join f) (step)) (fn [] (end-fibers [f g]))])))
(add-case :join-protected (fn [step]
  (let [f (ev/spawn (fn [] (turns 3) (error :lost)))]
    [(fn [] (ev/join-protected [f]) (step)) (fn [] (end-fibers [f]))])))
(add-case :select (fn [step]
  (let [all [(slow 3 1) (slow 2 2) (slow 3 3)]]
    [(fn [] (let [[_ rest] (ev/select all)] (step) (ev/select rest) (step))) (fn [] (end-fibers all))])))
(add-case :as-completed (fn [step]
  (let [all [(slow 3 1) (slow 1 2) (slow 2 3)]]
    [(fn [] (let [[next _] (ev/as-completed all)] (while (next) (step)))) (fn [] (end-fibers all))])))
(add-case :race (fn [step]
  [(fn [] (ev/race [(slow 4 1) (slow 3 2) (ev/spawn (fn [] (slow-cleanup (fn [] (turns 9)))))]) (step)) nothing]))
(add-case :timeout (fn [step] [(fn [] (ev/timeout 60 (fn [] (turns 2) (step))) (step)) nothing]))
(add-case :timed-out (fn [step] [(fn [] (ev/timeout 0.0001 (fn [] (slow-cleanup (fn [] (ev/sleep 60))))) (step)) nothing]))
(add-case :scope (fn [step]
  [(fn []
     (ev/scope (fn [spawn]
       (spawn (fn [] (slow-cleanup (fn [] (turns 3)))))
       (let [f (spawn (fn [] (turns 2) 5))] (ev/join f))
       (turns 1)
       (step)))
     (step))
   nothing]))
(add-case :failing-scope (fn [step]
  [(fn []
     (quietly (fn [] (ev/scope (fn [spawn] (spawn (fn [] (turns 1) (error :bang))) (slow-cleanup (fn [] (turns 8)))))))
     (turns 1) # an abort that came while the members were being ended is raised here
     (step))
   nothing]))
(add-case :map (fn [step]
  [(fn [] (ev/map (fn [i] (slow-cleanup (fn [] (turns i)))) [1 2 3]) (step)) nothing]))
(add-case :map-limited (fn [step]
  [(fn [] (ev/map-limited (fn [i] (turns i) i) [1 1 2 1] 2) (step)) nothing]))
(add-case :run (fn [step]
  [(fn [] (ev/run (fn [] (turns 2)) (fn [] (slow-cleanup (fn [] (ev/sleep 0.0001))))) (step)) nothing]))
(add-case :resumed-chain (fn [step]
  [(fn []
     (let [f (fiber/new (fn [] (fiber/resume (fiber/new (fn [] (turns 2) :in) |:debug|)) (turns 1)) |:debug|)]
       (fiber/resume f)
       (step)))
   nothing]))
(add-case :spawn-tree (fn [step]
  [(fn []
     (ev/timeout 60 (fn [] (ev/scope (fn [spawn]
       (spawn (fn [] (ev/map (fn [i] (ev/race [(slow i 1) (slow 3 2)])) [1 2])))
       (turns 4)))))
     (step))
   nothing]))
(add-case :futex (fn [step]
  (let [cell @[0] key :aborts
        waker (ev/spawn (fn [] (turns 2) (ev/futex-wake key 9) (turns 1) (ev/futex-wake key 9)))]
    [(fn [] (ev/futex-wait key cell 0) (step) (ev/futex-wait key cell 0) (step)) (fn [] (end-fibers [waker]))])))

# --- std/sync: afterwards the object must still work -------------------------------------------------------------------------------
(defn released-after [n release] (ev/spawn (fn [] (turns n) (release))))
(add-case :lock (fn [step]
  (let [m (sync:make-lock)]
    (m:acquire)
    (let [r (released-after 2 m:release)]
      [(fn [] (m:with (fn [] (step) (turns 1))) (m:with nothing) (step))
       (fn [] (ev/join r) (check (m:try-acquire) true))]))))
(add-case :semaphore (fn [step]
  (let [s (sync:make-semaphore 0) r (released-after 2 s:release)]
    [(fn [] (s:with (fn [] (step) (turns 1))) (step))
     (fn [] (ev/join r) (check (s:permits) 1))])))
(add-case :condvar (fn [step]
  (let [m (sync:make-lock) cv (sync:make-condvar)
        r (ev/spawn (fn [] (turns 2) (cv:notify) (turns 1) (m:with (fn [] (turns 1) (cv:broadcast)))))]
    [(fn [] (m:with (fn [] (cv:wait m) (step) (cv:wait m) (step))))
     (fn [] (ev/join r) (check (m:try-acquire) true))])))
(add-case :rwlock (fn [step]
  (let [rw (sync:make-rwlock)]
    (rw:write-acquire)
    (let [r (released-after 2 rw:write-release)]
      [(fn [] (rw:with-read (fn [] (step) (turns 1))) (rw:with-write (fn [] (step) (turns 1))))
       (fn [] (ev/join r) (check (rw:with-write (fn [] 1)) 1))]))))
(add-case :barrier (fn [step]
  (let [b (sync:make-barrier 2) r (ev/spawn (fn [] (turns 2) (b:wait)))]
    [(fn [] (b:wait) (step)) (fn [] (end-fibers [r]))])))
(add-case :latch (fn [step]
  (let [l (sync:make-latch) r (released-after 2 l:open)]
    [(fn [] (l:wait) (step)) (fn [] (ev/join r))])))
(add-case :once (fn [step]
  (let [o (sync:make-once (fn [] (turns 2) :v))]
    [(fn [] (o:get) (step)) (fn [] (check (o:get) :v))])))
(add-case :second-once (fn [step]
  (let [o (sync:make-once (fn [] (turns 3) :v)) first (ev/spawn o:get)]
    [(fn [] (turns 1) (o:get) (step)) (fn [] (check (ev/join first) :v))])))
(add-case :take (fn [step]
  (let [q (sync:make-queue 1) r (ev/spawn (fn [] (turns 2) (q:put 1) (turns 1) (q:put 2)))]
    [(fn [] (q:take) (step) (q:take) (step)) (fn [] (end-fibers [r]) (q:close))])))
(add-case :put (fn [step]
  (let [q (sync:make-queue 1) r (ev/spawn (fn [] (turns 3) (q:take) (turns 1) (q:take)))]
    [(fn [] (q:put 1) (step) (q:put 2) (step) (q:put 3) (step)) (fn [] (end-fibers [r]) (q:close))])))
(add-case :monitor (fn [step]
  (let [mon (sync:make-monitor) r (ev/spawn (fn [] (turns 2) (mon:with (fn [] (mon:notify)))))]
    [(fn [] (mon:with (fn [] (mon:wait) (step))))
     (fn [] (ev/join r) (check (mon:with (fn [] 1)) 1))])))

# --- the outside -----------------------------------------------------------------------------------------------------------------------
(defn port-of [p] (parse-int (last (string/split (port/path p) ":"))))
(defn socket-path [] (string "@evjit-aborts-" (random/int 1000000000000)))
(defn close-all [ports] (each p in ports (port/close p)))
(add-case :accept (fn [step]
  (let [l (tcp/listen "127.0.0.1" 0) ports @[l]
        r (ev/spawn (fn [] (turns 2) (push ports (tcp/connect "127.0.0.1" (port-of l)))))]
    [(fn [] (push ports (tcp/accept l)) (step) (quietly (fn [] (tcp/accept l :timeout 1))) (step))
     (fn [] (ev/join r) (close-all ports))])))
(add-case :connect (fn [step]
  (let [l (tcp/listen "127.0.0.1" 0) ports @[l]]
    [(fn [] (push ports (tcp/connect "127.0.0.1" (port-of l))) (step) (push ports (tcp/connect "localhost" (port-of l))) (step))
     (fn [] (close-all ports))])))
(add-case :read (fn [step]
  (let [l (tcp/listen "127.0.0.1" 0) c (tcp/connect "127.0.0.1" (port-of l)) s (tcp/accept l)
        r (ev/spawn (fn [] (turns 2) (port/write s "one\n") (turns 2) (port/write s "t") (turns 1) (port/close s)))]
    [(fn [] (port/read-line c) (step) (port/read c 1) (step) (port/read-all c) (step))
     (fn [] (ev/join r) (close-all [l c s]))])))
(add-case :write (fn [step]
  (let [path (socket-path) l (unix/listen path) c (unix/connect path) s (unix/accept l) r (ev/spawn (fn [] (turns 3) (port/read-all s)))]
    [(fn [] (port/write c (string/repeat "x" 1000000)) (step) (port/close c) (ev/join r) (step))
     (fn [] (port/close c) (ev/join r) (close-all [l s]))])))
(add-case :file (fn [step]
  (let [p (port/open "/dev/zero" :read)]
    [(fn [] (port/read p 100000) (step) (port/read p 100000) (step)) (fn [] (port/close p))])))
(add-case :open (fn [step]
  (let [ports @[]]
    [(fn [] (push ports (port/open "/dev/null" :read)) (step) (push ports (port/open "/dev/zero" :read)) (step))
     (fn [] (close-all ports))])))
(add-case :resolve (fn [step] [(fn [] (sys/resolve "localhost") (step)) nothing]))
(add-case :subprocess (fn [step]
  (let [p (subprocess/exec "sh" ["-c" "read x; exit 3"] {:stdin :pipe :stdout :pipe :stderr :null})
        r (ev/spawn (fn [] (turns 2) (port/close p:stdin)))]
    [(fn [] (port/read-all p:stdout) (step) (let [code (subprocess/wait p)] (check code 3)) (step)) # check would catch the abort
     (fn [] (ev/join r) (check (subprocess/wait p) 3) (port/close p:stdout))])))
(add-case :system (fn [step] [(fn [] (subprocess/system "sh" ["-c" "echo x; sleep 0.001"]) (step)) nothing]))
(add-case :udp (fn [step]
  (let [a (udp/bind "127.0.0.1" 0) b (udp/bind "127.0.0.1" 0)
        r (ev/spawn (fn [] (turns 2) (udp/send-to b "x" "127.0.0.1" (port-of a))))]
    [(fn [] (udp/recv-from a 10) (step) (quietly (fn [] (udp/recv-from a 10 :timeout 1))) (turns 1) (step))
     (fn [] (ev/join r) (close-all [a b]))])))
(add-case :unix (fn [step]
  (let [path (socket-path) l (unix/listen path) ports @[l]
        r (ev/spawn (fn [] (turns 2) (push ports (unix/connect path))))]
    [(fn [] (push ports (unix/accept l)) (step)) (fn [] (ev/join r) (close-all ports))])))
(add-case :poll-fd (fn [step] [(fn [] (quietly (fn [] (ev/poll-fd 0 :read 0.0001))) (step)) nothing]))
(add-case :signal (fn [step]
  (let [r (ev/spawn (fn [] (turns 2) (subprocess/system "sh" ["-c" "kill -WINCH $PPID"])))]
    [(fn [] (ev/timeout 0.01 (fn [] (ev/wait-signal :sigwinch))) (step)) (fn [] (ev/join r))])))

# --- the ways to abort ---------------------------------------------------------------------------------------------------------------
(def cleanups @[0])
(defn with-cleanup [thunk] (defer (put cleanups 0 (inc (get cleanups 0))) (thunk)))
(defn with-slow-cleanup [thunk] (defer (begin (turns 2) (put cleanups 0 (inc (get cleanups 0)))) (thunk)))
# [name, the victim's body around run, the aborts after k turns, is this error a proper outcome?]
(def modes
  [[:once (fn [run] (with-cleanup run)) (fn [f] (ev/abort f)) aborted?]
   [:twice (fn [run] (with-slow-cleanup run)) (fn [f] (ev/abort f) (ev/abort f)) aborted?]
   [:in-cleanup (fn [run] (with-slow-cleanup run)) (fn [f] (ev/abort f) (turns 1) (ev/abort f) (turns 1) (ev/abort f)) aborted?]
   [:raising (fn [run] (with-cleanup (fn [] (defer (error :from-cleanup) (run)))))
    (fn [f] (ev/abort f)) (fn [e] (or (= e :from-cleanup) (and (struct? e) (= (get e :error) :from-cleanup))))]
   [:caught (fn [run] (with-cleanup (fn [] (protect (run)) (turns 2) :went-on)))
    (fn [f] (ev/abort f) (turns 1) (ev/abort f)) aborted?]
   [:cancelled (fn [run] (put cleanups 0 1) (run)) (fn [f] (unless (fiber/done? f) (fiber/cancel f {:error :aborted}))) aborted?]])
# fiber/cancel runs no code of its victim: the fibers that it owns go on by themselves, what it holds stays held.
(def owners |:lock :semaphore :rwlock :system :race :timeout :timed-out :scope :failing-scope :map :map-limited :run :spawn-tree|)

# --- what is left ----------------------------------------------------------------------------------------------------------------------
(defn counts [] (let [s (ev/stats)] [s:live s:waits s:timers]))
(defn descriptors [] (length (file/ls "/proc/self/fd")))
(defn settled [look before]
  "What look finds once it is `before`, or after 200 turns and a second: requests in the pool take their time."
  (def @left 300)
  (def @found (look))
  (while (and (> left 0) (not= found before))
    (assign left (dec left))
    (if (> left 100) (ev/sleep 0) (time-passes 0.01))
    (assign found (look)))
  found)
(defn time-passes [seconds]
  "Virtual or not; takes no descriptors."
  (subprocess/wait (subprocess/exec "sleep" [(string seconds)] {:stdin :null :stdout :null :stderr :null})))

(defn complain [name mode k what] (println name " " mode " after " k " turns: " what))

# One run; true if the victim was still alive when it was aborted.
(defn run-case [[name make] [mode wrap abort proper?] k]
  (let [before (counts) steps @[0] [run free] (make (fn [] (put steps 0 (inc (get steps 0)))))]
    (put cleanups 0 0)
    (let [victim (ev/spawn (fn [] (wrap run)))]
      (turns k)
      (let [alive? (not (fiber/done? victim)) started? (not= (fiber/status victim) :new) so-far (get steps 0)]
        (abort victim)
        (let [[ok? e] (ev/join-protected victim)]
          (unless (or ok? (proper? e) (and (not started?) (aborted? e))) (complain name mode k (string "ended with " e)))
          (when (and alive? (= mode :once) ok?) (complain name mode k "was not aborted"))
          (when (and (= mode :once) (not= (get steps 0) so-far)) (complain name mode k "went on"))
          (unless (= (get cleanups 0) (if started? 1 0)) (complain name mode k (string (get cleanups 0) " cleanups")))
          (free)
          (let [after (settled counts before)]
            (unless (= after before) (complain name mode k (string "left " after " of [fibers waits timers], was " before))))
          alive?)))))

(defn run-modes [one]
  (each mode in modes
    (unless (and (= (first mode) :cancelled) (has? owners (first one)))
      (def @k 0)
      (while (and (run-case one mode k) (< k 25)) (assign k (inc k))))))

(run-modes [:warm-up (fn [_] [(fn [] (sys/resolve "localhost")) nothing])]) # the pool, libuv's own descriptors
(subprocess/system "true" [])
# The descriptors of an aborted request are closed when the pool is through with it, so they are counted per case only, and the
# first count is the lowest of some.
(def open-before
  (apply min (map (fn [_] (time-passes 0.01) (descriptors)) (range 10))))
(each one in cases
  (run-modes one)
  (let [after (settled descriptors open-before)]
    (unless (= after open-before) (println (first one) " left " (- after open-before) " descriptors"))))
