# std/process: processes, servers, supervision (specification, chapter 13).
#
# A system has a scheduler of its own (sched/scheduler_prims.cpp, %%sched-...), turned by the fiber that called start; each process
# is a fiber of it with a slice of fuel per turn, and a turn is a tick of the system's clock. Code of the library is never
# preempted, so whatever happens here between two waits is one step for everybody.
#
# The fiber of a process, and every fiber it starts, has an owner, @[process sub-fiber...]; that is how `self` is found.
#
# The end of a process: its reason is decided once (doom), its fiber unwinds with an error that no handler catches, and the last
# thing in it is `finish`: sub-fibers end, then `settle` frees the name, tells links and monitors, all in one step. A process that
# cannot unwind (never started, cleanups too slow, :kill) is cut: its stack is dropped and settle runs in whoever cuts.
#
# Private waiting (replies of calls, results of tasks, deaths that a library function waits for) goes by slots, never by the mailbox.

(def cleanup-seconds 5)
(def remembered-deaths 1024)

# --- errors and arguments -------------------------------------------------------------------------------------------------------
(defn fail [kind message more]
  "Raises {:error kind :message ... } with the fields of more."
  (error (merge {:error kind :message message} more)))

(defn bad-argument [op what value]
  (fail :bad-argument (string op ": " what) {:value value}))

(defn wrong-type [op expected value]
  (fail :type-error (string op ": expected " expected ", got " (type-of value)) {:value value :got (type-of value)}))

(defn check-thunk [op f]
  (unless (closure? f) (wrong-type op "function without parameters" f))
  (let [arity (fn/arity f) least (if (pair? arity) (first arity) arity)]
    (unless (= least 0) (wrong-type op "function without parameters" f))))

(defn check-ticks [op n]
  (unless (and (integer? n) (>= n 0)) (bad-argument op "ticks are a non-negative integer" n)))

(defn check-name [op name]
  (unless (keyword? name) (wrong-type op "keyword" name)))

# --- small tools ------------------------------------------------------------------------------------------------------------------
# The maps of a process are made when they are needed.
(defn entry [p field key]
  (let [m (get p field)] (if (nil? m) nil (get m key))))

(defn put-entry [p field key value]
  (when (nil? (get p field)) (put p field @{}))
  (put (get p field) key value))

(defn del-entry [p field key]
  (let [m (get p field)] (unless (nil? m) (del m key))))

(defn entries [p field]
  "The pairs of a map of p, in order of the keys; a copy."
  (let [m (get p field)] (if (nil? m) [] (freeze (map freeze (->array (pairs m)))))))

(defn tagged? [msg tag n]
  (and (array? msg) (= (length msg) n) (= (get msg 0) tag)))

(defn new-ref [sys]
  (let [n (+ (get sys :next-ref) 1)]
    (put sys :next-ref n)
    n))

(defn count-up [sys what]
  (put sys what (+ (get sys what) 1)))

# --- reasons (13 section 3.1) -------------------------------------------------------------------------------------------------------
(defn reason-class [r]
  "The class of an exit reason: :normal, :shutdown or :abnormal.
(map process:reason-class [[:normal 5] :shutdown [:error :oops]]) # => [:normal :shutdown :abnormal]"
  (match r
    :normal :normal
    [:normal _] :normal
    :shutdown :shutdown
    [:shutdown _] :shutdown
    [:killed x] (if (= (reason-class x) :shutdown) :shutdown :abnormal)
    [:linked _ x] (if (= (reason-class x) :abnormal) :abnormal :shutdown)
    _ :abnormal))

(defn raw-reason [r] (if (= r :kill) [:killed :kill] r))

# --- timers: a heap by deadline, then creation ------------------------------------------------------------------------------------------
# A timer is @[deadline seq live? action target]; cancelled ones stay until they come up or are too many.
(defn timer-before? [a b]
  (if (= (get a 0) (get b 0)) (< (get a 1) (get b 1)) (< (get a 0) (get b 0))))

(defn heap-up [h start]
  (def @i start)
  (let [x (get h i)]
    (while (and (> i 0) (timer-before? x (get h (bit/shr (- i 1) 1))))
      (put h i (get h (bit/shr (- i 1) 1)))
      (assign i (bit/shr (- i 1) 1)))
    (put h i x)))

(defn heap-down [h]
  (def @i 0)
  (def @done false)
  (let [x (get h 0) n (length h)]
    (while (not done)
      (let [left (+ (* 2 i) 1)
            c (if (and (< (+ left 1) n) (timer-before? (get h (+ left 1)) (get h left))) (+ left 1) left)]
        (if (and (< c n) (timer-before? (get h c) x))
          (begin (put h i (get h c)) (assign i c))
          (assign done true))))
    (put h i x)))

(defn heap-pop [h]
  (let [top (get h 0) last (pop h)]
    (when (nonempty? h)
      (put h 0 last)
      (heap-down h))
    top))

(defn add-timer [sys deadline action]
  (let [h (get sys :timers) t @[deadline (new-ref sys) true action nil]]
    (push h t)
    (heap-up h (- (length h) 1))
    t))

(defn drop-timer [sys t]
  "Cancels t; false if it had fired or been cancelled."
  (if (get t 2)
    (begin
      (put t 2 false)
      (put t 3 nil)
      (count-up sys :dropped)
      (when (and (> (get sys :dropped) 64) (> (* 2 (get sys :dropped)) (length (get sys :timers))))
        (let [live (filter (fn [x] (get x 2)) (freeze (get sys :timers)))]
          (put sys :timers @[])
          (put sys :dropped 0)
          (each x in live
            (push (get sys :timers) x)
            (heap-up (get sys :timers) (- (length (get sys :timers)) 1)))))
      true)
    false))

(defn next-timer [sys]
  "The earliest live timer, or nil."
  (let [h (get sys :timers)]
    (while (and (nonempty? h) (not (get (get h 0) 2)))
      (heap-pop h)
      (put sys :dropped (- (get sys :dropped) 1)))
    (if (empty? h) nil (get h 0))))

(defn fire-timers [sys]
  (def @t (next-timer sys))
  (while (and t (<= (get t 0) (get sys :clock)))
    (heap-pop (get sys :timers))
    (let [action (get t 3)]
      (put t 2 false)
      (put t 3 nil)
      (action))
    (assign t (next-timer sys))))

# --- deadlines: nil, [:ticks clock] or [:seconds time] -------------------------------------------------------------------------------------
(defn deadline [sys op ticks seconds]
  (cond
    (and (not (nil? ticks)) (not (nil? seconds))) (bad-argument op "both :timeout and :timeout-s" ticks)
    (not (nil? ticks)) (begin (check-ticks op ticks) [:ticks (+ (get sys :clock) ticks)])
    (not (nil? seconds))
      (begin
        (unless (and (number? seconds) (>= seconds 0)) (bad-argument op "seconds are a non-negative number" seconds))
        [:seconds (+ (clock/monotonic) seconds)])
    nil))

(defn expired? [sys dl]
  (cond
    (nil? dl) false
    (= (get dl 0) :ticks) (>= (get sys :clock) (get dl 1))
    (>= (clock/monotonic) (get dl 1))))

(defn park [p wait dl]
  "Parks until the wait is ended, at the deadline at the latest."
  (let [sys (get p :sys)]
    (cond
      (nil? dl) (%%wait-park wait)
      (= (get dl 0) :ticks)
        (let [t (add-timer sys (get dl 1) (fn [] (%%wait-end wait)))]
          (defer (drop-timer sys t) (%%wait-park wait)))
      (begin
        (%%wait-timer wait (max 0 (- (get dl 1) (clock/monotonic))))
        (%%wait-park wait)))))

# --- slots ------------------------------------------------------------------------------------------------------------------------------
(defn new-slot [] @{:done false :value nil :wait nil})

(defn fill [slot value]
  (unless (get slot :done)
    (put slot :done true)
    (put slot :value value)
    (when (get slot :wait) (%%wait-end (get slot :wait)))))

(defn wait-slot [p slot kind dl]
  "Waits until the slot is filled: true; false at the deadline."
  (while (and (not (get slot :done)) (not (expired? (get p :sys) dl)))
    (put slot :wait (%%wait-begin kind))
    (park p (get slot :wait) dl))
  (get slot :done))

# --- finding processes --------------------------------------------------------------------------------------------------------------------
(defn me []
  "The process whose code is running."
  (let [owner (%%fiber-owner)]
    (if (nil? owner)
      (fail :not-a-process "std/process: the caller is no process" {:value nil})
      (get owner 0))))

(defn alive? [p] (= (get p :status) :alive))

(defn find-pid [sys pid] (get (get sys :procs) pid))

(defn find-named [sys name]
  (let [p (get (get sys :names) name)]
    (if (and p (alive? p)) p nil)))

(defn find-server [p op server]
  "The process behind a pid or name, nil if there is none."
  (cond
    (integer? server) (find-pid (get p :sys) server)
    (keyword? server) (find-named (get p :sys) server)
    (wrong-type op "pid or name" server)))

(defn no-process [op server]
  (fail :noproc (string op ": no such process: " server) (if (keyword? server) {:name server} {:pid server})))

# --- mailboxes ----------------------------------------------------------------------------------------------------------------------------
(defn deliver [p msg]
  "Puts a message into the mailbox of p, or a reply where it is waited for."
  (cond
    (not (alive? p)) (count-up (get p :sys) :dead-letters)
    (tagged? msg :$reply 3) (answer p :calls (get msg 1) [:reply (get msg 2)])
    (tagged? msg :$task-result 3) (answer p :tasks (get msg 1) [:normal (get msg 2)])
    (begin
      (push (get p :mail) msg)
      (when (get p :wait) (%%wait-end (get p :wait)))))
  nil)

(defn answer [p field ref value]
  (let [slot (entry p field ref)]
    (if slot (fill slot value) (count-up (get p :sys) :late-replies))))

(defn take-mail [p i]
  "Removes the message at index i and returns it."
  (let [mail (get p :mail) head (get p :head) x (get mail i) next (+ head 1)]
    (if (= i head)
      (begin
        (put mail head nil)
        (cond
          (= next (length mail)) (begin (popn mail next) (put p :head 0))
          (and (> next 32) (> (* 2 next) (length mail))) (begin (put p :mail (slice mail next)) (put p :head 0))
          (put p :head next)))
      (remove mail i))
    x))

(defn flush-mail [p match?]
  "Removes the first message that matches."
  (let [mail (get p :mail)]
    (def @i (get p :head))
    (while (and (< i (length mail)) (not (match? (get mail i))))
      (assign i (+ i 1)))
    (when (< i (length mail))
      (if (get p :receiving)
        (begin
          (remove mail i)
          (when (< i (get p :scan)) (put p :scan (- (get p :scan) 1))))
        (take-mail p i)))))

(defn receive [p wanted dl otherwise]
  "The first message that wanted accepts (nil: any); otherwise at the deadline."
  (when (get p :receiving)
    (fail :recv-busy "std/process: another fiber of this process is receiving" {:value (get p :pid)}))
  (put p :receiving true)
  (defer (begin (put p :receiving false) (put p :wait nil))
    (put p :scan (get p :head))
    (block :out
      (forever
        (while (< (get p :scan) (length (get p :mail)))
          (when (or (nil? wanted) (wanted (get (get p :mail) (get p :scan))))
            (break :out (take-mail p (get p :scan))))
          (put p :scan (+ (get p :scan) 1)))
        (when (expired? (get p :sys) dl) (break :out otherwise))
        (put p :wait (%%wait-begin :receive))
        (park p (get p :wait) dl)
        (put p :wait nil)))))

# --- starting a process ---------------------------------------------------------------------------------------------------------------------
(defn new-process [sys body name]
  "A process that will run (body p), queued."
  (let [pid (get sys :next-pid)
        p @{:sys sys :pid pid :name name :status :alive :mail @[] :head 0 :scan 0 :receiving false :wait nil :trap false
            :reason nil :parent nil :behaviour false :fiber nil :owner nil :links nil :watchers nil :mons nil :calls nil :tasks nil
            :dict nil :timers nil}
        owner @[p]]
    (put sys :next-pid (+ pid 1))
    (count-up sys :spawned)
    (put (get sys :procs) pid p)
    (unless (nil? name) (put (get sys :names) name p))
    (put p :owner owner)
    (put p :fiber (%%sched-spawn (get sys :handle) (fn [] (run-process p body)) owner))
    p))

(defn run-process [p body]
  (defer (finish p)
    (let [[ok? value] (protect (body p))]
      (decide p (if ok? [:normal value] [:error value]))))
  nil)

(defn decide [p reason]
  "Nothing but cleanups will run in p from now on."
  (when (nil? (get p :reason))
    (put p :reason reason)
    (put p :status :exiting)))

(defn join-links [p kind q other]
  "p and q are linked: for p, q is `kind`; for q, p is `other`."
  (put-entry p :links (get q :pid) kind)
  (put-entry q :links (get p :pid) other))

(defn cut-link [p q]
  (del-entry p :links (get q :pid))
  (del-entry q :links (get p :pid)))

(defn spawn-linked [p body name]
  (let [q (new-process (get p :sys) body name)]
    (join-links p :child q :parent)
    (put q :parent (get p :pid))
    q))

# --- the end of a process -----------------------------------------------------------------------------------------------------------------
(defn sub-fibers [p]
  (let [here (ev/self)]
    (filter (fn [f] (and (fiber? f) (not (identical? f here)))) (freeze (get p :owner)))))

(defn note-sub-failures [p]
  "A failure in a sub-fiber that nobody has seen fails a process that would end well."
  (each f in (sub-fibers p)
    (when (%%fiber-unobserved? f)
      (when (= (reason-class (get p :reason)) :normal) (put p :reason [:error (fiber/value f)]))
      (%%ev-observe f))))

(defn living [fibers] (filter (fn [f] (not (fiber/done? f))) fibers))

(defn end-sub-fibers [p patient?]
  (each f in (living (sub-fibers p)) (%%proc-unwind f))
  (let [until (+ (clock/monotonic) cleanup-seconds)]
    (def @rest (living (sub-fibers p)))
    (while (and patient? (nonempty? rest) (< (clock/monotonic) until))
      (%%ev-wait-any rest (- until (clock/monotonic)))
      (assign rest (living rest)))
    (each f in rest (fiber/cancel f nil))))

(defn finish [p]
  "The last thing in the fiber of p, as cleanup."
  (decide p [:killed :kill])
  (when (> (length (get p :owner)) 1)
    (note-sub-failures p)
    (end-sub-fibers p true))
  (settle p))

(defn cut [p]
  "Ends p at once, whatever its cleanups are doing."
  (unless (= (get p :status) :dead)
    (when (get p :on-cut) (protect ((get p :on-cut))))
    (unless (fiber/done? (get p :fiber)) (fiber/cancel (get p :fiber) nil))
    (when (> (length (get p :owner)) 1) (end-sub-fibers p false))
    (settle p)))

(defn unwind [p]
  "p is exiting: runs its cleanups. Done when this returns, unless a cleanup waits."
  (unless (= (get p :status) :dead)
    (%%proc-unwind (get p :fiber))
    (cond
      (= (get p :status) :dead) nil
      (fiber/done? (get p :fiber)) (cut p) # it had not started
      (= (get p :reason) [:killed :kill]) (cut p)
      (nil? (get p :watchdog))
        (put p :watchdog
          (%%sched-spawn (get (get p :sys) :handle)
            (fn [] (ev/sleep cleanup-seconds) (put p :watchdog nil) (cut p)) nil)))))

(defn link-effect [q kind class]
  "What the end of a linked process does to q (13 section 3.3): :message, :die or nil."
  (cond
    (= kind :task) nil
    (= kind :task-owner) :die
    (get q :trap) :message
    (= kind :owner) :die
    (= kind :parent) (if (= class :normal) nil :die)
    (or (= kind :child) (= kind :service)) (if (= class :abnormal) :die nil)
    (if (= class :normal) nil :die)))

(defn tell-links [p reason]
  "Sends the exit signals of p: [who must die, did anybody hear]."
  (let [class (reason-class reason) pid (get p :pid) victims @[]]
    (def @heard false)
    (each [other kind] in (entries p :links)
      (let [q (find-pid (get p :sys) other)]
        (when q
          (let [effect (link-effect q (entry q :links pid) class)]
            (del-entry q :links pid)
            (when effect (assign heard true))
            (case effect
              :message (deliver q [:EXIT pid reason])
              :die (when (alive? q)
                     (decide q [:linked pid reason])
                     (push victims q))
              nil)))))
    [victims heard]))

(defn tell-watchers [p reason]
  (let [all (entries p :watchers)]
    (put p :watchers nil)
    (each [_ watcher] in all (watcher reason))
    (nonempty? all)))

(defn remember-death [sys pid reason]
  (put (get sys :deaths) pid reason)
  (push (get sys :death-order) pid)
  (when (> (length (get sys :death-order)) (* 2 remembered-deaths))
    (each old in (slice (get sys :death-order) 0 remembered-deaths) (del (get sys :deaths) old))
    (put sys :death-order (slice (get sys :death-order) remembered-deaths))))

(defn settle [p]
  "p is dead: everybody learns of it in one step; then those who die with it unwind."
  (let [sys (get p :sys) pid (get p :pid) reason (get p :reason)]
    (put p :status :dead)
    (del (get sys :procs) pid)
    (when (and (get p :name) (identical? (get (get sys :names) (get p :name)) p))
      (del (get sys :names) (get p :name)))
    (remember-death sys pid reason)
    (each [_ t] in (entries p :timers) (forget-timer sys t))
    (each [ref q] in (entries p :mons) (del-entry q :watchers ref))
    (let [[victims linked?] (tell-links p reason)
          watched? (tell-watchers p reason)]
      (when (get p :watchdog)
        (let [dog (get p :watchdog)]
          (put p :watchdog nil)
          (unless (fiber/done? dog) (fiber/cancel dog nil))))
      (when (identical? p (get sys :init))
        (put sys :init-reason reason))
      (put p :mail @[])
      (put p :head 0)
      (when (and (tagged? reason :error 2) (not (get p :init-failed)))
        (count-up sys :crashed)
        (log-event sys {:event :process-crashed :pid pid :name (get p :name) :reason reason
                        :observed (or linked? watched? (identical? p (get sys :init)))}))
      (each q in victims (unwind q)))))

(defn log-event [sys event]
  (let [logger (get sys :logger)]
    (if (nil? logger)
      (when (and (= (get event :event) :process-crashed) (not (get event :observed)))
        (eprintln "process " (get event :pid) (if (get event :name) (string " (" (get event :name) ")") "")
                  " crashed: " (string (get (get event :reason) 1))))
      (let [[ok? e] (protect (logger event))]
        (unless ok? (protect (logger {:event :logger-crashed :reason [:error e]})))))))

(defn kill-process [q reason]
  "The exit signal of somebody else that q does not survive."
  (cond
    (alive? q) (begin (decide q reason) (unwind q))
    (and (= (get q :status) :exiting) (= reason [:killed :kill])) (cut q)))

(defn exit-signal [from q reason]
  "13 section 3.2, rules 2 to 5."
  (cond
    (= reason :kill) (kill-process q [:killed :kill])
    (not (alive? q)) nil
    (get q :trap) (deliver q [:EXIT from reason])
    (= (reason-class reason) :normal) nil
    (kill-process q [:killed reason])))

(defn exit-self [p reason]
  "Ends the caller's process; does not return."
  (decide p (raw-reason reason))
  (unless (identical? (ev/self) (get p :fiber)) (unwind p))
  (%%proc-unwind (ev/self)))

# --- the loop of a system (13 sections 1.2, 1.3) --------------------------------------------------------------------------------------------
(defn living-processes [sys]
  "Newest first."
  (reverse (freeze (map second (->array (pairs (get sys :procs)))))))

(defn run-inside [sys thunk]
  "Runs thunk in a fiber of the system that belongs to no process."
  (%%sched-spawn (get sys :handle) thunk nil))

(defn end-all [sys reason]
  (run-inside sys (fn [] (each p in (living-processes sys) (exit-signal :system p reason)))))

(defn stop-rest [sys]
  "Everybody is idle and init is gone: first an orderly end, then a kill."
  (let [first? (nil? (get sys :phase))]
    (put sys :phase (if first? :shutdown :kill))
    (end-all sys (if first? :shutdown :kill))))

(defn handle-deadlock [sys]
  (put sys :problem
    {:error :deadlock
     :waiting (freeze (map (fn [p] {:pid (get p :pid) :name (get p :name)}) (reverse (living-processes sys))))
     :message "deadlock: every process waits for a message and nothing is pending"})
  (put sys :phase :kill)
  (end-all sys :kill))

(defn pass-time [sys limit]
  "Nothing is runnable: waits for an event, at most so many ticks (nil: no limit), a millisecond each."
  (let [before (clock/monotonic)]
    (%%sched-idle (get sys :handle) (if (nil? limit) nil (/ limit 1000.0)))
    (put sys :clock (+ (get sys :clock) (int (round (* 1000 (- (clock/monotonic) before))))))))

(defn handle-quiet [sys outside?]
  "Nobody is ready."
  (let [t (next-timer sys)]
    (cond
      (and t outside?) (pass-time sys (max 1 (- (get t 0) (get sys :clock))))
      t (put sys :clock (max (get sys :clock) (get t 0)))
      outside? (pass-time sys (if (= (get sys :phase) :failing) 50 nil))
      (= (get sys :phase) :failing) (stop-rest sys)
      (not (nil? (get sys :init-reason))) (stop-rest sys)
      (%%sched-others? (get sys :handle)) (pass-time sys nil)
      (handle-deadlock sys))))

(defn check-init [sys]
  "Init failed: the whole system ends, in five seconds at most."
  (let [r (get sys :init-reason)]
    (when (and (not (nil? r)) (nil? (get sys :phase)) (= (reason-class r) :abnormal))
      (put sys :phase :failing)
      (put sys :kill-at (+ (clock/monotonic) cleanup-seconds))
      (end-all sys :shutdown))
    (when (and (= (get sys :phase) :failing) (>= (clock/monotonic) (get sys :kill-at)))
      (put sys :phase :kill)
      (end-all sys :kill))))

(defn turn-until-done [sys]
  (def @going true)
  (while going
    (fire-timers sys)
    (let [state (%%sched-turn (get sys :handle) (get sys :fuel))]
      (put sys :clock (+ (get sys :clock) 1))
      (check-init sys)
      (case state
        :done (assign going (nonempty? (get sys :procs)))
        :ready nil
        (handle-quiet sys (= state :outside))))))

(defn end-abandoned [sys]
  "The caller of start was aborted: nothing of the system stays."
  (while (nonempty? (get sys :procs))
    (end-all sys :kill)
    (%%sched-turn (get sys :handle) (get sys :fuel))
    (put sys :clock (+ (get sys :clock) 1))))

(defn run-system [sys init]
  (check-thunk "run" init)
  (when (get sys :running) (fail :scheduler-busy "run: the scheduler is running" {}))
  (put sys :running true)
  (put sys :names @{})
  (put sys :phase nil)
  (put sys :problem nil)
  (put sys :init-reason nil)
  (put sys :init (new-process sys (fn [_] (init)) nil))
  (defer (begin (end-abandoned sys) (put sys :running false))
    (turn-until-done sys))
  (when (get sys :problem) (error (get sys :problem)))
  (let [r (get sys :init-reason)]
    (when (= (reason-class r) :abnormal)
      (error (if (tagged? r :error 2)
               (get r 1)
               {:error :init-exit :reason r :message "start: the first process ended abnormally"})))))

(defn info-of [sys pid]
  (let [p (find-pid sys pid)]
    (cond
      p {:pid pid
         :status (if (= (get p :status) :dead) :dead :alive)
         :name (get p :name)
         :mbox-size (- (length (get p :mail)) (get p :head))
         :links (freeze (set (map first (filter (fn [e] (not= (get e 1) :task)) (entries p :links)))))
         :trapping (get p :trap)
         :state (cond
                  (= (get p :status) :exiting) :exiting
                  (%%fiber-parked? (get p :fiber)) (if (get p :wait) :waiting :io)
                  (= (fiber/status (get p :fiber)) :alive) :running
                  :ready)
         :exit-reason nil}
      (and (integer? pid) (>= pid 0) (< pid (get sys :next-pid)))
        {:pid pid :status :dead :name nil :mbox-size 0 :links || :trapping false :state :dead
         :exit-reason (get (get sys :deaths) pid)}
      nil)))

# --- schedulers -------------------------------------------------------------------------------------------------------------------------------
(defn make-scheduler [&named fuel backend logger]
  "A system of processes: a struct of :run, :spawn, :inject and :process-info. fuel is how many function entries and loop rounds a
   slice has; logger is called with an event at each crash.
(let [out @[] s (process:make-scheduler)] (process:run s (fn [] (push out (process:self)))) out) # => @[0]"
  (unless (or (nil? fuel) (and (integer? fuel) (> fuel 0)))
    (bad-argument "make-scheduler" "fuel is a positive integer" fuel))
  (let [async (make-async-scheduler)
        sys @{:handle (get async :backend) :fuel (if (nil? fuel) 1000 fuel) :logger logger
              :procs @{} :names @{} :deaths @{} :death-order @[] :next-pid 0 :next-ref 0
              :clock 0 :timers @[] :dropped 0 :refs @{}
              :running false :phase nil :problem nil :init nil :init-reason nil
              :dead-letters 0 :late-replies 0 :spawned 0 :crashed 0}]
    (def @this nil)
    (assign this
      {:run (fn [init] (run-system sys init) this)
       :spawn (fn [thunk] (check-thunk "spawn" thunk) (get (new-process sys (fn [_] (thunk)) nil) :pid))
       :inject (fn [pid msg]
                 (let [p (find-pid sys pid)]
                   (when p (deliver p msg)))
                 :ok)
       :process-info (fn [pid] (info-of sys pid))})
    this))

(defn run [sched init]
  "Runs init as a process of sched; returns sched when its whole system has ended. An error of init is raised.
(let [out @[] s (process:make-scheduler)] (process:run s (fn [] (push out (process:self)))) out) # => @[0]"
  ((get sched :run) init))

(defn start [init &named fuel backend logger]
  "Makes a scheduler, runs init as its first process, and returns the scheduler when everything has ended. An error of init is
   raised.
(let [out @[]] (process:start (fn [] (push out (process:self)))) out) # => @[0]"
  (run (make-scheduler :fuel fuel :backend backend :logger logger) init))

(defn process-info [sched pid]
  "{:pid :status :name :mbox-size :links :trapping :state :exit-reason} of a process, nil if there never was one.
(let [s (process:start (fn [] :done))] (get (process:process-info s 0) :exit-reason)) # => [:normal :done]"
  ((get sched :process-info) pid))

(defn inject [sched pid msg]
  "Sends a message from outside; nothing happens if there is no such process now.
(let [out @[] s (process:make-scheduler)] (ev/spawn (fn [] (ev/sleep 0.01) (process:inject s 0 :hello))) (process:run s (fn []
  (push out (process:recv)))) out) # => @[:hello]"
  ((get sched :inject) pid msg))

# --- processes ------------------------------------------------------------------------------------------------------------------------------------
(defn self []
  "The pid of the process that runs this, also in the fibers it has started.
(let [out @[]] (process:start (fn [] (push out (process:self)))) out) # => @[0]"
  (get (me) :pid))

(defn spawn [thunk]
  "Starts a process that runs thunk; its pid. The process has had its first slice then.
(let [out @[]] (process:start (fn [] (push out (begin (process:spawn (fn [] (process:send 0 :from-child)))
  (process:recv))))) out) # => @[:from-child]"
  (let [p (me)]
    (check-thunk "spawn" thunk)
    (let [q (new-process (get p :sys) (fn [_] (thunk)) nil)]
      (%%proc-yield)
      (get q :pid))))

(defn spawn-link [thunk]
  "Like spawn; the process is linked to the caller, which is its parent.
(let [out @[]] (process:start (fn [] (push out (begin (process:trap-exit true) (process:spawn-link (fn [] (process:exit
  (process:self) :over))) (get (process:recv) 2))))) out) # => @[:over]"
  (let [p (me)]
    (check-thunk "spawn-link" thunk)
    (let [q (spawn-linked p (fn [_] (thunk)) nil)]
      (%%proc-yield)
      (get q :pid))))

(defn watch [p q]
  "p gets a :DOWN message at the end of q; the ref."
  (let [ref (new-ref (get p :sys))]
    (put-entry p :mons ref q)
    (put-entry q :watchers ref
      (fn [reason]
        (del-entry p :mons ref)
        (deliver p [:DOWN ref (get q :pid) reason])))
    ref))

(defn spawn-monitor [thunk]
  "Like spawn; [pid ref], where ref is a monitor of the process.
(let [out @[]] (process:start (fn [] (push out (let [[pid ref] (process:spawn-monitor (fn [] :done)) m (process:recv)]
  [(get m 0) (= (get m 1) ref) (get m 3)])))) out) # => @[[:DOWN true [:normal :done]]]"
  (let [p (me)]
    (check-thunk "spawn-monitor" thunk)
    (let [q (new-process (get p :sys) (fn [_] (thunk)) nil) ref (watch p q)]
      (%%proc-yield)
      [(get q :pid) ref])))

(defn send-named [name msg]
  "Sends to the process registered as name; without one the message is dropped.
(let [out @[]] (process:start (fn [] (push out (begin (process:register :me) (process:send-named :me :hello)
  (process:recv))))) out) # => @[:hello]"
  (let [p (me)]
    (check-name "send-named" name)
    (let [q (find-named (get p :sys) name)]
      (if q (deliver q msg) (count-up (get p :sys) :dead-letters)))
    :ok))

(defn send [pid msg]
  "Puts msg into the mailbox of a process, given by pid or name; dropped if there is none. Never switches.
(let [out @[]] (process:start (fn [] (push out (begin (process:send (process:self) :hello) (process:recv))))) out) # => @[:hello]"
  (let [p (me)]
    (cond
      (integer? pid)
        (let [q (find-pid (get p :sys) pid)]
          (if q (deliver q msg) (count-up (get p :sys) :dead-letters))
          :ok)
      (keyword? pid) (send-named pid msg)
      (wrong-type "send" "pid or name" pid))))

(defn recv []
  "The oldest message of the caller; waits for one.
(let [out @[]] (process:start (fn [] (push out (begin (process:send (process:self) 5) (process:recv))))) out) # => @[5]"
  (let [p (me)]
    (if (and (not (get p :receiving)) (< (get p :head) (length (get p :mail))))
      (take-mail p (get p :head))
      (receive p nil nil nil))))

(defn recv-match [pred &named timeout timeout-s else]
  "The oldest message that pred accepts, the others stay in order; `else` at the deadline.
(let [out @[]] (process:start (fn [] (push out (begin (each n in [1 2 3] (process:send (process:self) n))
  [(process:recv-match even?) (process:recv)])))) out) # => @[[2 1]]"
  (let [p (me)]
    (unless (callable? pred) (wrong-type "recv-match" "function" pred))
    (receive p pred (deadline (get p :sys) "recv-match" timeout timeout-s) else)))

(defn recv-timeout [ticks]
  "The oldest message; :timeout if none comes in so many ticks. 0 only looks.
(let [out @[]] (process:start (fn [] (push out (process:recv-timeout 3)))) out) # => @[:timeout]"
  (let [p (me)]
    (check-ticks "recv-timeout" ticks)
    (receive p nil [:ticks (+ (get (get p :sys) :clock) ticks)] :timeout)))

# --- timers -----------------------------------------------------------------------------------------------------------------------------------------
(defn forget-timer [sys t]
  "A message timer is over: its ref is free. True if it had not fired."
  (del (get sys :refs) (get t 1))
  (when (get t 5) (unless (fiber/done? (get t 5)) (fiber/cancel (get t 5) nil)))
  (drop-timer sys t))

(defn know-timer [sys q t]
  (put (get sys :refs) (get t 1) [q t])
  (put-entry q :timers (get t 1) t)
  (get t 1))

(defn timer-is-over [sys q ref]
  (del (get sys :refs) ref)
  (del-entry q :timers ref))

(defn find-target [p op pid]
  (unless (or (integer? pid) (keyword? pid)) (wrong-type op "pid or name" pid))
  (find-server p op pid))

(defn send-after [ticks pid msg]
  "Sends msg in so many ticks; a ref for cancel-timer.
(let [out @[]] (process:start (fn [] (push out (begin (process:send-after 2 (process:self) :later)
  (process:recv))))) out) # => @[:later]"
  (let [p (me) sys (get p :sys)]
    (check-ticks "send-after" ticks)
    (let [q (find-target p "send-after" pid)]
      (if (nil? q)
        (new-ref sys)
        (let [t (add-timer sys (+ (get sys :clock) ticks) nil) ref (get t 1)]
          (put t 3 (fn [] (timer-is-over sys q ref) (deliver q msg)))
          (push t nil)
          (know-timer sys q t))))))

(defn send-after-s [seconds pid msg]
  "Sends msg in so many seconds; a ref for cancel-timer.
(let [out @[]] (process:start (fn [] (push out (begin (process:send-after-s 0.01 (process:self) :later)
  (process:recv))))) out) # => @[:later]"
  (let [p (me) sys (get p :sys)]
    (deadline sys "send-after-s" nil (if (nil? seconds) :none seconds))
    (let [q (find-target p "send-after-s" pid)]
      (if (nil? q)
        (new-ref sys)
        (let [ref (new-ref sys) t @[nil ref true nil nil nil]]
          (put t 5 (run-inside sys (fn []
                     (ev/sleep seconds)
                     (put t 2 false)
                     (timer-is-over sys q ref)
                     (deliver q msg))))
          (know-timer sys q t))))))

(defn cancel-timer [ref]
  "The message will never arrive: :ok; :not-found if it has, or was cancelled.
(let [out @[]] (process:start (fn [] (push out (let [ref (process:send-after-s 60 (process:self) :later)]
  (process:cancel-timer ref))))) out) # => @[:ok]"
  (let [sys (get (me) :sys) known (get (get sys :refs) ref)]
    (if (nil? known)
      :not-found
      (let [[q t] known]
        (timer-is-over sys q ref)
        (if (nil? (get t 0)) (begin (put t 2 false) (fiber/cancel (get t 5) nil)) (drop-timer sys t))
        :ok))))

# --- links, monitors, exits -------------------------------------------------------------------------------------------------------------------------
(defn check-pid [op pid]
  (unless (integer? pid) (wrong-type op "pid" pid)))

(defn link [pid]
  "Links the caller and a process: the end of one is signalled to the other.
(let [out @[]] (process:start (fn [] (push out (let [pid (process:spawn (fn [] (process:recv) (error :oops)))]
  (process:trap-exit true) (process:link pid) (process:send pid :go) (get (process:recv) 2))))) out) # => @[[:error :oops]]"
  (let [p (me)]
    (check-pid "link" pid)
    (let [q (find-pid (get p :sys) pid)]
      (cond
        (identical? p q) nil
        (or (nil? q) (not (alive? q)))
          (if (get p :trap) (deliver p [:EXIT pid :noproc]) (exit-self p [:linked pid :noproc]))
        (nil? (entry p :links pid)) (join-links p :peer q :peer)
        (= (entry p :links pid) :task) nil))
    :ok))

(defn unlink [pid &named flush]
  "Removes the link; with :flush true a queued :EXIT of it too.
(let [out @[]] (process:start (fn [] (push out (let [pid (process:spawn-link (fn [] (process:recv) (process:exit
  (process:self) :oops)))] (process:unlink pid) (process:send pid :go) (process:recv-timeout 3))))) out) # => @[:timeout]"
  (let [p (me)]
    (check-pid "unlink" pid)
    (let [q (find-pid (get p :sys) pid)]
      (when (and q (not= (entry p :links pid) :task)) (cut-link p q)))
    (when flush (flush-mail p (fn [m] (and (tagged? m :EXIT 3) (= (get m 1) pid)))))
    :ok))

(defn monitor [pid]
  "The caller gets [:DOWN ref pid reason] when the process ends, at once if there is none; the ref.
(let [out @[]] (process:start (fn [] (push out (let [pid (process:spawn (fn [] (process:recv)))] (process:monitor pid)
  (process:send pid :go) (get (process:recv) 3))))) out) # => @[[:normal :go]]"
  (let [p (me)]
    (check-pid "monitor" pid)
    (let [q (find-pid (get p :sys) pid)]
      (if q
        (watch p q)
        (let [ref (new-ref (get p :sys))]
          (deliver p [:DOWN ref pid :noproc])
          ref)))))

(defn demonitor [ref &named flush]
  "Ends a monitor of the caller; with :flush true a queued :DOWN of it goes too.
(let [out @[]] (process:start (fn [] (push out (let [[pid ref] (process:spawn-monitor (fn [] (process:recv)))]
  (process:demonitor ref) (process:send pid :go) (process:recv-timeout 3))))) out) # => @[:timeout]"
  (let [p (me) q (entry p :mons ref)]
    (when q
      (del-entry p :mons ref)
      (del-entry q :watchers ref))
    (when flush (flush-mail p (fn [m] (and (tagged? m :DOWN 4) (= (get m 1) ref)))))
    :ok))

(defn trap-exit [flag]
  "With true, exit signals come as [:EXIT pid reason] messages from now on.
(let [out @[]] (process:start (fn [] (push out (begin (process:trap-exit true) (process:spawn-link (fn [] (error :oops))) (get
  (process:recv) 2))))) out) # => @[[:error :oops]]"
  (put (me) :trap (if flag true false))
  :ok)

(defn exit [pid reason]
  "Sends an exit signal; to oneself: ends with that reason, whatever handlers there are.
(let [out @[]] (process:start (fn [] (push out (let [[pid ref] (process:spawn-monitor (fn [] (process:recv)))]
  (process:exit pid :enough) (get (process:recv) 3))))) out) # => @[[:killed :enough]]"
  (let [p (me)]
    (check-pid "exit" pid)
    (let [q (find-pid (get p :sys) pid)]
      (cond
        (identical? p q) (exit-self p reason)
        (nil? q) nil
        (exit-signal (get p :pid) q reason)))
    :ok))

# --- names, dictionary ---------------------------------------------------------------------------------------------------------------------------------
(defn taken [kind op name holder]
  (fail kind (string op ": " name " is process " (get holder :pid)) {:name name :pid (get holder :pid)}))

(defn register [name]
  "Gives the caller a name.
(let [out @[]] (process:start (fn [] (push out (begin (process:register :me) (process:whereis :me))))) out) # => @[0]"
  (let [p (me) sys (get p :sys)]
    (check-name "register" name)
    (let [holder (get (get sys :names) name)]
      (cond
        (and holder (identical? holder p)) nil
        holder (taken :already-registered "register" name holder)
        (get p :name)
          (fail :already-named (string "register: the process is " (get p :name) " already")
                {:name (get p :name) :pid (get p :pid)})
        (begin (put p :name name) (put (get sys :names) name p))))
    :ok))

(defn unregister [name]
  "Frees a name.
(let [out @[]] (process:start (fn [] (push out (begin (process:register :me) (process:unregister :me)
  (process:whereis :me))))) out) # => @[nil]"
  (let [sys (get (me) :sys)]
    (check-name "unregister" name)
    (let [holder (get (get sys :names) name)]
      (when holder
        (put holder :name nil)
        (del (get sys :names) name)))
    :ok))

(defn whereis [name]
  "The pid of a registered process, or nil.
(let [out @[]] (process:start (fn [] (push out (process:whereis :nobody)))) out) # => @[nil]"
  (let [p (me)]
    (check-name "whereis" name)
    (let [q (find-named (get p :sys) name)]
      (if q (get q :pid) nil))))

(defn put-dict [k v]
  "Stores v under k in the dictionary of the process; the previous value.
(let [out @[]] (process:start (fn [] (push out (begin (process:put-dict :k 5) (process:get-dict :k))))) out) # => @[5]"
  (let [p (me) before (entry p :dict k)]
    (put-entry p :dict k v)
    before))

(defn get-dict [k]
  "The value under k in the dictionary of the process, or nil.
(let [out @[]] (process:start (fn [] (push out (process:get-dict :k)))) out) # => @[nil]"
  (entry (me) :dict k))

(defn erase-dict [k]
  "Removes k from the dictionary of the process; its value.
(let [out @[]] (process:start (fn [] (push out (begin (process:put-dict :k 5) [(process:erase-dict :k)
  (process:get-dict :k)])))) out) # => @[[5 nil]]"
  (let [p (me) before (entry p :dict k)]
    (del-entry p :dict k)
    before))

# --- clients of behaviours ------------------------------------------------------------------------------------------------------------------------------
(defn wait-until-dead [p q dl]
  "Waits for the end of q: its reason, nil at the deadline."
  (let [ref (new-ref (get p :sys)) slot (new-slot)]
    (put-entry q :watchers ref (fn [reason] (fill slot [reason])))
    (defer (del-entry q :watchers ref)
      (if (wait-slot p slot :process-exit dl) (get (get slot :value) 0) nil))))

(defn server-down [op server reason]
  (fail :gen-server-down (string op ": the server ended before it answered") {:server server :reason reason}))

(defn timed-out [op server]
  (fail :gen-server-timeout (string op ": no answer in time") {:server server}))

(defn want-server [p op server]
  (let [q (find-server p op server)]
    (when (nil? q) (no-process op server))
    (when (identical? p q)
      (fail :calling-self (string op ": a server cannot wait for itself") {:server (get q :pid)}))
    q))

(defn request [op server make ticks seconds]
  "Sends (make caller ref) to a server and waits for the reply."
  (let [p (me) sys (get p :sys) dl (deadline sys op ticks seconds) q (want-server p op server)
        ref (new-ref sys) slot (new-slot) pid (get q :pid)]
    (put-entry p :calls ref slot)
    (put-entry q :watchers ref (fn [reason] (fill slot [:down reason])))
    (defer (begin (del-entry p :calls ref) (del-entry q :watchers ref))
      (deliver q (make (get p :pid) ref))
      (wait-slot p slot :reply dl))
    (cond
      (not (get slot :done)) (timed-out op pid)
      (= (get (get slot :value) 0) :down) (server-down op pid (get (get slot :value) 1))
      (let [v (get (get slot :value) 1)]
        (if (and (tagged? v :$error 2) (struct? (get v 1))) (error (get v 1)) v)))))

(defn stop-server [op server reason ticks seconds]
  (let [p (me) sys (get p :sys) dl (deadline sys op ticks seconds) q (want-server p op server) pid (get q :pid)]
    (deliver q [:$stop (get p :pid) (new-ref sys) reason])
    (let [end (wait-until-dead p q dl)]
      (cond
        (nil? end) (timed-out op pid)
        (= end (raw-reason reason)) :ok
        (server-down op pid end)))))

(defn cast-to [op server msg]
  (let [p (me) q (find-server p op server)]
    (cond
      q (deliver q msg)
      (keyword? server) (no-process op server)
      (count-up (get p :sys) :dead-letters))
    :ok))

(defn start-behaviour [op body name]
  "Starts a linked process that serves its parent, and waits until (body p ready) has called ready, or init-failed."
  (let [p (me) sys (get p :sys)]
    (unless (nil? name)
      (check-name op name)
      (let [holder (get (get sys :names) name)]
        (when holder (taken :already-started op name holder))))
    (let [slot (new-slot)
          q (new-process sys (fn [q] (body q (fn [] (fill slot :ready)))) name)]
      (join-links p :service q :owner)
      (put q :parent (get p :pid))
      (put q :behaviour true)
      (let [ref (new-ref sys)]
        (put-entry q :watchers ref (fn [reason] (fill slot [reason])))
        (defer (del-entry q :watchers ref)
          (wait-slot p slot :start nil)))
      (cond
        (= (get slot :value) :ready) (get q :pid)
        (get q :init-failed) (error (get q :init-failed))
        (fail :init-failed (string op ": the process ended before it was ready") {:reason (get (get slot :value) 0)})))))

(defn init-failed [q reason problem]
  "In a process that cannot start: ends it; its starter raises `problem`."
  (put q :init-failed problem)
  (let [starter (find-pid (get q :sys) (get q :parent))]
    (when starter (cut-link q starter)))
  (exit-self q reason))

(defn parent-exit? [q msg]
  (and (tagged? msg :EXIT 3) (or (= (get msg 1) (get q :parent)) (= (get msg 1) :system))))

# --- generic server ------------------------------------------------------------------------------------------------------------------------------------------
(defn terminate [cb reason state]
  (let [f (get cb :terminate)]
    (unless (nil? f) (f reason state))))

(defn crash [cb state problem]
  "The server ends with an error: state is the last good one."
  (terminate cb [:error problem] state)
  (error problem))

(defn server-error [cb state reason callback value]
  (crash cb state {:error :gen-server-error :reason reason :callback callback :value value
                   :message (string "gen-server: " (if (= reason :bad-return) "illegal result of " "there is no ") callback)}))

(defn stop-serving [q cb reason state]
  (terminate cb reason state)
  (exit-self q reason))

(defn run-callback [cb key args state]
  (let [[ok? value] (protect (apply (get cb key) args))]
    (if ok? value (crash cb state value))))

(defn after-callback [q cb key result state from]
  "What a result means: the next [state opt]. from is the caller of a call, else nil."
  (match result
    [:noreply s] [s nil]
    [:noreply s opt] [s opt]
    [:reply r s] (if from (begin (reply-to q from r) [s nil]) (server-error cb state :bad-return key result))
    [:reply r s opt] (if from (begin (reply-to q from r) [s opt]) (server-error cb state :bad-return key result))
    [:stop reason s] (stop-serving q cb reason s)
    [:stop reason r s]
      (if from
        (begin (reply-to q from r) (stop-serving q cb reason s))
        (server-error cb state :bad-return key result))
    _ (server-error cb state :bad-return key result)))

(defn reply-to [q from value]
  (let [caller (find-pid (get q :sys) (get from 0))]
    (when caller (deliver caller [:$reply (get from 1) value]))))

(defn handle-info [q cb msg state]
  (if (nil? (get cb :handle-info))
    [state nil]
    (after-callback q cb :handle-info (run-callback cb :handle-info [msg state] state) state nil)))

(defn handle-message [q cb msg state]
  "One message of a server: the next [state opt]."
  (cond
    (tagged? msg :$call 4)
      (let [from [(get msg 1) (get msg 2)] req (get msg 3)]
        (if (nil? (get cb :handle-call))
          (server-error cb state :no-handler :handle-call req)
          (after-callback q cb :handle-call (run-callback cb :handle-call [req from state] state) state from)))
    (tagged? msg :$cast 2)
      (if (nil? (get cb :handle-cast))
        (server-error cb state :no-handler :handle-cast (get msg 1))
        (after-callback q cb :handle-cast (run-callback cb :handle-cast [(get msg 1) state] state) state nil))
    (tagged? msg :$stop 4)
      (begin
        (terminate cb (get msg 3) state)
        (reply-to q [(get msg 1) (get msg 2)] :ok)
        (exit-self q (get msg 3)))
    (parent-exit? q msg) (stop-serving q cb (get msg 2) state)
    (handle-info q cb msg state)))

(def no-message @[])

(defn serve [q cb first-state first-opt]
  "The loop of a server."
  (def @state first-state)
  (def @opt first-opt)
  (forever
    (let [now opt
          [s o] (if (and (struct? now) (has? now :continue))
                  (if (nil? (get cb :handle-continue))
                    (server-error cb state :no-handler :handle-continue (get now :continue))
                    (after-callback q cb :handle-continue
                      (run-callback cb :handle-continue [(get now :continue) state] state) state nil))
                  (let [dl (if (struct? now) (deadline (get q :sys) "gen-server" (get now :timeout) (get now :timeout-s)) nil)
                        msg (receive q nil dl no-message)]
                    (if (identical? msg no-message)
                      (handle-info q cb :timeout state)
                      (handle-message q cb msg state))))]
      (assign state s)
      (assign opt o))))

(defn run-init [cb arg]
  "[:ok state opt], [:stop reason] or [:error e]."
  (let [[ok? r] (protect (if (nil? (get cb :init)) arg ((get cb :init) arg)))]
    (if (not ok?)
      [:error r]
      (match r
        [:ok s] [:ok s nil]
        [:ok s opt] [:ok s opt]
        [:stop reason] [:stop reason]
        _ [:ok r nil]))))

(defn init-problem [op reason]
  {:error :init-failed :reason reason :message (string op ": the server could not start")})

(defn server-body [op cb arg]
  (fn [q ready]
    (match (run-init cb arg)
      [:ok state opt] (begin (ready) (serve q cb state opt))
      [:stop reason] (init-failed q reason (init-problem op reason))
      failure (init-failed q failure (init-problem op failure)))))

(defn check-callbacks [op cb]
  (unless (struct? cb) (wrong-type op "struct of callbacks" cb)))

(defn gen-server-start-link [callbacks arg &named name]
  "Starts a server: its pid, when init is done. The server ends with the caller.
(let [out @[]] (process:start (fn [] (push out (begin (process:gen-server-start-link {:init (fn [n] [:ok n]) :handle-call (fn
  [req from n] [:reply (+ n req) (+ n req)]) :handle-cast (fn [req n] [:noreply req])} 10 :name :sum)
  (process:gen-server-call :sum 5))))) out) # => @[15]"
  (check-callbacks "gen-server-start-link" callbacks)
  (start-behaviour "gen-server-start-link" (server-body "gen-server-start-link" callbacks arg) name))

(defn gen-server-enter [callbacks arg &named name]
  "The calling process becomes a server; does not return.
(let [out @[]] (process:start (fn [] (push out (let [pid (process:spawn (fn [] (process:gen-server-enter {:init (fn [n]
  [:ok n]) :handle-call (fn [req from n] [:reply (+ n req) (+ n req)]) :handle-cast (fn [req n] [:noreply req])} 10)))]
  (process:gen-server-call pid 5))))) out) # => @[15]"
  (let [p (me)]
    (check-callbacks "gen-server-enter" callbacks)
    (unless (nil? name) (register name))
    (put p :behaviour true)
    (let [parent (if (get p :parent) (find-pid (get p :sys) (get p :parent)) nil)]
      (when (and parent (= (entry p :links (get parent :pid)) :parent))
        (join-links p :owner parent :service)))
    (match (run-init callbacks arg)
      [:ok state opt] (begin (supervisor-notify-ready) (serve p callbacks state opt))
      [:stop reason] (exit-self p reason)
      failure (error (get failure 1)))))

(defn gen-server-call [server req &named timeout timeout-s]
  "Sends a request to a server and waits for its reply.
(let [out @[]] (process:start (fn [] (push out (begin (process:gen-server-start-link {:init (fn [n] [:ok n]) :handle-call (fn
  [req from n] [:reply (+ n req) (+ n req)]) :handle-cast (fn [req n] [:noreply req])} 10 :name :sum)
  [(process:gen-server-call :sum 5) (process:gen-server-call :sum 1)])))) out) # => @[[15 16]]"
  (request "gen-server-call" server (fn [pid ref] [:$call pid ref req]) timeout timeout-s))

(defn gen-server-cast [server req]
  "Sends a request that has no reply.
(let [out @[]] (process:start (fn [] (push out (begin (process:gen-server-start-link {:init (fn [n] [:ok n]) :handle-call (fn
  [req from n] [:reply (+ n req) (+ n req)]) :handle-cast (fn [req n] [:noreply req])} 10 :name :sum)
  (process:gen-server-cast :sum 50) (process:gen-server-call :sum 1))))) out) # => @[51]"
  (cast-to "gen-server-cast" server [:$cast req]))

(defn gen-server-stop [server &named reason timeout timeout-s]
  "Ends a server in order; :ok when it is dead.
(let [out @[]] (process:start (fn [] (push out (begin (process:gen-server-start-link {:init (fn [n] [:ok n]) :handle-call (fn
  [req from n] [:reply (+ n req) (+ n req)]) :handle-cast (fn [req n] [:noreply req])} 10 :name :sum)
  [(process:gen-server-stop :sum) (process:whereis :sum)])))) out) # => @[[:ok nil]]"
  (stop-server "gen-server-stop" server (if (nil? reason) :normal reason) timeout timeout-s))

(defn gen-server-reply [from reply]
  "Answers a call whose handler returned [:noreply state]; from any process.
(let [out @[]] (process:start (fn [] (push out (begin (process:gen-server-start-link {:init (fn [n] [:ok n]) :handle-call (fn
  [req from n] (process:gen-server-reply from [:got req]) [:noreply n])} 0 :name :s)
  (process:gen-server-call :s 5))))) out) # => @[[:got 5]]"
  (let [p (me)]
    (unless (and (array? from) (= (length from) 2)) (wrong-type "gen-server-reply" "caller of a call" from))
    (reply-to p from reply)
    :ok))

# --- actor -----------------------------------------------------------------------------------------------------------------------------------------------------
(def actor-callbacks
  {:init (fn [thunk] [:ok (thunk)])
   :handle-call (fn [req _ state]
                  (match req
                    [:get f] [:reply (f state) state]
                    [:update f] [:reply :ok (f state)]
                    _ [:bad-request req]))
   :handle-cast (fn [req state]
                  (match req
                    [:update f] [:noreply (f state)]
                    _ [:bad-request req]))})

(defn check-function [op f]
  (unless (callable? f) (wrong-type op "function" f)))

(defn actor-start-link [init-thunk &named name]
  "Starts a process that keeps a state, at first the value of the thunk; its pid.
(let [out @[]] (process:start (fn [] (push out (let [a (process:actor-start-link (fn [] 5))]
  (process:actor-get a inc))))) out) # => @[6]"
  (check-function "actor-start-link" init-thunk)
  (start-behaviour "actor-start-link" (server-body "actor-start-link" actor-callbacks init-thunk) name))

(defn actor-get [actor f &named timeout timeout-s]
  "(f state), computed in the actor.
(let [out @[]] (process:start (fn [] (push out (let [a (process:actor-start-link (fn [] 5))]
  (process:actor-get a inc))))) out) # => @[6]"
  (check-function "actor-get" f)
  (request "actor-get" actor (fn [pid ref] [:$call pid ref [:get f]]) timeout timeout-s))

(defn actor-update [actor f &named timeout timeout-s]
  "The state becomes (f state); :ok when it has.
(let [out @[]] (process:start (fn [] (push out (let [a (process:actor-start-link (fn [] 5))] [(process:actor-update a inc)
  (process:actor-get a identity)])))) out) # => @[[:ok 6]]"
  (check-function "actor-update" f)
  (request "actor-update" actor (fn [pid ref] [:$call pid ref [:update f]]) timeout timeout-s))

(defn actor-cast [actor f]
  "Like actor-update, without waiting.
(let [out @[]] (process:start (fn [] (push out (let [a (process:actor-start-link (fn [] 5))] (process:actor-cast a inc)
  (process:actor-get a identity))))) out) # => @[6]"
  (check-function "actor-cast" f)
  (cast-to "actor-cast" actor [:$cast [:update f]]))

# --- task --------------------------------------------------------------------------------------------------------------------------------------------------------
(defn task-async [thunk]
  "Runs thunk in a process of its own that ends with the caller; [pid ref] for task-await.
(let [out @[]] (process:start (fn [] (push out (process:task-await (process:task-async (fn [] 5)))))) out) # => @[5]"
  (let [p (me) sys (get p :sys)]
    (check-thunk "task-async" thunk)
    (let [q (new-process sys (fn [_] (thunk)) nil) n (new-ref sys) ref {:task n :owner (get p :pid)} slot (new-slot)]
      (join-links p :task q :task-owner)
      (put q :parent (get p :pid))
      (put-entry p :tasks ref slot)
      (put-entry q :watchers n (fn [reason] (fill slot reason)))
      (%%proc-yield)
      [(get q :pid) ref])))

(defn task-error [pid reason message]
  (fail :task-error (string "task-await: " message) {:pid pid :reason reason}))

(defn task-await [task &named timeout timeout-s]
  "The value of a task of the caller; :task-error if it failed.
(let [out @[]] (process:start (fn [] (push out (try (process:task-await (process:task-async (fn [] (error :oops)))) (catch e
  [e:error e:reason]))))) out) # => @[[:task-error [:error :oops]]]"
  (let [p (me) sys (get p :sys)]
    (unless (and (array? task) (= (length task) 2)) (wrong-type "task-await" "task" task))
    (let [dl (deadline sys "task-await" timeout timeout-s) [pid ref] task slot (entry p :tasks ref)]
      (when (nil? slot)
        (if (and (struct? ref) (= (get ref :owner) (get p :pid)))
          (task-error pid :already-awaited "the task has been awaited")
          (task-error pid :not-owner "the task belongs to another process")))
      (unless (wait-slot p slot :task dl)
        (fail :task-timeout "task-await: the task has not ended in time" {:pid pid}))
      (del-entry p :tasks ref)
      (match (get slot :value)
        [:normal v] v
        r (task-error pid r "the task failed")))))

# --- supervisor ----------------------------------------------------------------------------------------------------------------------------------------------------
# A child is @{:spec :id :pid :ref :restarts}; the children stand in start order. Everything that waits in a supervisor receives
# selectively, so requests and other deaths stay queued for the loop.
(defn bad-spec [spec reason]
  (fail :bad-child-spec (string "supervisor: bad child specification: " reason) {:spec spec :reason reason}))

(defn check-spec [spec]
  (unless (struct? spec) (bad-spec spec :not-a-struct))
  (unless (has? spec :id) (bad-spec spec :no-id))
  (unless (or (callable? (get spec :start)) (callable? (get spec :start-link))) (bad-spec spec :no-start))
  (let [restart (get spec :restart) type (get spec :type) shutdown (get spec :shutdown-s) limit (get spec :ready-timeout-s)]
    (unless (or (nil? restart) (contains? |:permanent :transient :temporary| restart)) (bad-spec spec :bad-restart))
    (unless (or (nil? type) (contains? |:worker :supervisor| type)) (bad-spec spec :bad-type))
    (unless (or (nil? limit) (and (number? limit) (>= limit 0))) (bad-spec spec :bad-ready-timeout))
    (unless (or (nil? shutdown) (= shutdown :infinity) (= shutdown :brutal-kill) (and (number? shutdown) (>= shutdown 0)))
      (bad-spec spec :bad-shutdown))))

(defn check-specs [children]
  (let [seen @{}]
    (each spec in (->array children)
      (check-spec spec)
      (when (has? seen (get spec :id)) (bad-spec spec :duplicate-id))
      (put seen (get spec :id) true))))

(defn new-child [spec] @{:spec spec :id (get spec :id) :pid nil :ref nil :restarts 0})

(defn sup-log [s event]
  (let [logger (get s :logger)]
    (unless (nil? logger) (protect (logger event)))))

(defn down-of? [c msg] (and (tagged? msg :DOWN 4) (= (get msg 1) (get c :ref))))

(defn child-is-down [s c reason]
  (let [pid (get c :pid)]
    (put c :pid nil)
    (put c :ref nil)
    (sup-log s {:event :child-exited :id (get c :id) :pid pid :reason reason})))

(defn stop-child [s c]
  "Ends a child and waits for its death."
  (when (get c :pid)
    (let [p (get s :p) q (find-pid (get p :sys) (get c :pid)) spec (get c :spec)
          given (get spec :shutdown-s)
          seconds (cond
                    (not (nil? given)) given
                    (= (get spec :type) :supervisor) :infinity
                    5)
          down? (fn [m] (down-of? c m))]
      (when q (exit-signal (get p :pid) q (if (= seconds :brutal-kill) :kill :shutdown)))
      (def @msg (receive p down? (if (number? seconds) (deadline (get p :sys) "stop" nil seconds) nil) nil))
      (when (nil? msg)
        (when q (exit-signal (get p :pid) q :kill))
        (assign msg (receive p down? nil nil)))
      (child-is-down s c (get msg 3)))))

(defn stop-children [s]
  (each c in (reverse (freeze (get s :children))) (stop-child s c)))

(defn end-supervisor [s reason]
  (stop-children s)
  (exit-self (get s :p) reason))

(defn run-child [s c]
  "Starts the process of a child. Raises what its :start-link raised."
  (let [p (get s :p) spec (get c :spec)]
    (if (callable? (get spec :start))
      (let [q (spawn-linked p (fn [_] ((get spec :start))) nil)]
        (when (get spec :ready) (put q :ready-to p))
        (put c :pid (get q :pid))
        (put c :ref (watch p q))
        (%%proc-yield))
      (let [pid ((get spec :start-link)) q (find-pid (get p :sys) pid)]
        (put c :pid pid)
        (put c :ref (if q (watch p q) (monitor pid)))))
    (sup-log s {:event :child-started :id (get c :id) :pid (get c :pid)})))

(defn wait-ready [s c]
  "Waits for the notice of a :ready child; its death, left in the mailbox, ends the wait too."
  (let [p (get s :p) limit (get (get c :spec) :ready-timeout-s) pid (get c :pid)
        dl (if (nil? limit) nil (deadline (get p :sys) "ready" nil limit))
        msg (receive p (fn [m] (or (and (tagged? m :$sup-ready 2) (= (get m 1) pid)) (down-of? c m) (parent-exit? p m))) dl nil)]
    (cond
      (nil? msg) (exit-signal (get p :pid) (find-pid (get p :sys) pid) :kill)
      (tagged? msg :$sup-ready 2) (sup-log s {:event :child-ready :id (get c :id) :pid pid})
      (down-of? c msg) (insert (get p :mail) (get p :head) msg)
      (end-supervisor s :shutdown))))

(defn start-child [s c]
  (run-child s c)
  (when (and (get (get c :spec) :ready) (callable? (get (get c :spec) :start))) (wait-ready s c)))

(defn forget-child [s c]
  (put s :children (thaw (filter (fn [x] (not (identical? x c))) (freeze (get s :children))))))

(defn charges [s]
  "The restarts in the window, this one included."
  (let [now (if (get s :max-seconds) (clock/monotonic) (get (get (get s :p) :sys) :clock))
        span (if (get s :max-seconds) (get s :max-seconds) (get s :max-ticks))
        recent (filter (fn [t] (<= (- now t) span)) (freeze (get s :charged)))]
    (put s :charged (thaw recent))
    (push (get s :charged) now)
    (length (get s :charged))))

(defn may-restart? [s c]
  "Charges a restart of c. False: the limit is reached."
  (put c :restarts (+ (get c :restarts) 1))
  (if (nil? (get s :max-restarts))
    (begin (sup-log s {:event :child-restarting :id (get c :id) :attempt (get c :restarts)}) true)
    (let [n (charges s)]
      (if (> n (get s :max-restarts))
        false
        (begin (sup-log s {:event :child-restarting :id (get c :id) :attempt n}) true)))))

(defn wants-restart? [c reason]
  (case (get (get c :spec) :restart)
    :temporary false
    :transient (= (reason-class reason) :abnormal)
    true))

(defn group-of [s c]
  "Who is restarted together with c, in start order."
  (case (get s :strategy)
    :one-for-all (freeze (get s :children))
    :rest-for-one (drop-while (fn [x] (not (identical? x c))) (freeze (get s :children)))
    [c]))

(defn restart [s c]
  "c is down and is started again with its group."
  (unless (may-restart? s c)
    (sup-log s {:event :max-restarts-reached :id (get c :id) :shutting-down true})
    (end-supervisor s :shutdown))
  (let [group (group-of s c)]
    (each x in (reverse group) (stop-child s x))
    (def @failed nil)
    (each x in group
      (cond
        failed nil
        (and (not (identical? x c)) (= (get (get x :spec) :restart) :temporary)) (forget-child s x)
        (let [[ok? e] (protect (start-child s x))]
          (unless ok? (assign failed [x e])))))
    (when failed
      (let [[x e] failed]
        (sup-log s {:event :child-exited :id (get x :id) :pid nil :reason [:error e]})
        (%%proc-yield)
        (restart s x)))))

(defn handle-down [s c reason]
  (child-is-down s c reason)
  (if (wants-restart? c reason) (restart s c) (forget-child s c)))

(defn child-named [s id] (find (fn [c] (= (get c :id) id)) (freeze (get s :children))))

(defn add-child [s spec]
  "The reply to a :$sup-start-child."
  (let [[ok? e] (protect (check-spec spec))]
    (if (not ok?)
      [:$error e]
      (let [there (child-named s (get spec :id))]
        (if there
          [:$error {:error :duplicate-child :id (get spec :id) :pid (get there :pid)
                    :message (string "supervisor: there is a child " (get spec :id) " already")}]
          (let [c (new-child spec)]
            (push (get s :children) c)
            (let [[ok? e] (protect (start-child s c))]
              (if ok?
                (get c :pid)
                (begin
                  (forget-child s c)
                  [:$error (start-problem c e)])))))))))

(defn start-problem [c e]
  {:error :supervisor-start-failed :id (get c :id) :reason [:error e]
   :message (string "supervisor: the child " (get c :id) " could not start")})

(defn remove-child [s id]
  (let [c (child-named s id)]
    (if (nil? c)
      :not-found
      (begin (stop-child s c) (forget-child s c) :ok))))

(defn which-children [s]
  (freeze (map (fn [c] {:id (get c :id) :pid (get c :pid)}) (filter (fn [c] (get c :pid)) (freeze (get s :children))))))

(defn supervise-message [s msg]
  (let [p (get s :p) answer (fn [value] (reply-to p [(get msg 1) (get msg 2)] value))]
    (cond
      (tagged? msg :DOWN 4)
        (let [c (find (fn [c] (down-of? c msg)) (freeze (get s :children)))]
          (when c (handle-down s c (get msg 3))))
      (parent-exit? p msg) (end-supervisor s :shutdown)
      (tagged? msg :$sup-start-child 4) (answer (add-child s (get msg 3)))
      (tagged? msg :$sup-stop-child 4) (answer (remove-child s (get msg 3)))
      (tagged? msg :$sup-which-children 3) (answer (which-children s))
      (tagged? msg :$stop 4) (begin (stop-children s) (answer :ok) (exit-self p (get msg 3)))
      nil)))

(defn start-first-children [s specs]
  (each spec in (->array specs)
    (let [c (new-child spec)]
      (push (get s :children) c)
      (let [[ok? e] (protect (start-child s c))]
        (unless ok?
          (let [problem (start-problem c e)]
            (stop-children s)
            (init-failed (get s :p) [:error problem] problem)))))))

(defn check-limits [max-restarts max-ticks max-seconds strategy]
  (unless (or (nil? strategy) (contains? |:one-for-one :one-for-all :rest-for-one| strategy))
    (bad-argument "supervisor-start-link" "unknown strategy" strategy))
  (unless (or (nil? max-restarts) (and (integer? max-restarts) (>= max-restarts 0)))
    (bad-argument "supervisor-start-link" ":max-restarts is a non-negative integer" max-restarts))
  (unless (nil? max-ticks) (check-ticks "supervisor-start-link" max-ticks))
  (unless (or (nil? max-seconds) (and (number? max-seconds) (>= max-seconds 0)))
    (bad-argument "supervisor-start-link" ":max-seconds is a non-negative number" max-seconds)))

(defn supervisor-start-link [children &named name strategy max-restarts max-ticks max-seconds logger]
  "Starts a process that starts these children in order and restarts them; its pid when all are started.
(let [out @[]] (process:start (fn [] (push out (let [s (process:supervisor-start-link [{:id :a :start (fn []
  (process:recv))}])] (length (process:supervisor-which-children s)))))) out) # => @[1]"
  (me)
  (check-specs children)
  (check-limits max-restarts max-ticks max-seconds strategy)
  (start-behaviour "supervisor-start-link"
    (fn [p ready]
      (put p :trap true)
      (let [s @{:p p :children @[] :strategy (if (nil? strategy) :one-for-one strategy) :max-restarts max-restarts
                :max-ticks (if (nil? max-ticks) 5 max-ticks) :max-seconds max-seconds :logger logger :charged @[]}]
        (start-first-children s children)
        (ready)
        (forever (supervise-message s (receive p nil nil nil)))))
    name))

(defn supervisor-start-child [sup spec &named timeout timeout-s]
  "Adds a child and starts it; its pid.
(let [out @[]] (process:start (fn [] (push out (let [s (process:supervisor-start-link [])]
  (process:supervisor-start-child s {:id :a :start (fn [] (process:recv))}) (length
  (process:supervisor-which-children s)))))) out) # => @[1]"
  (request "supervisor-start-child" sup (fn [pid ref] [:$sup-start-child pid ref spec]) timeout timeout-s))

(defn supervisor-stop-child [sup id &named timeout timeout-s]
  "Ends a child and forgets it: :ok when it is dead, :not-found if there is none.
(let [out @[]] (process:start (fn [] (push out (let [s (process:supervisor-start-link [{:id :a :start (fn []
  (process:recv))}])] [(process:supervisor-stop-child s :a) (process:supervisor-which-children s)])))) out) # => @[[:ok []]]"
  (request "supervisor-stop-child" sup (fn [pid ref] [:$sup-stop-child pid ref id]) timeout timeout-s))

(defn supervisor-which-children [sup &named timeout timeout-s]
  "[{:id :pid} ...] of the living children, in start order.
(let [out @[]] (process:start (fn [] (push out (let [s (process:supervisor-start-link [{:id :a :start (fn []
  (process:recv))}])] (map (fn [c] c:id) (process:supervisor-which-children s)))))) out) # => @[[:a]]"
  (request "supervisor-which-children" sup (fn [pid ref] [:$sup-which-children pid ref]) timeout timeout-s))

(defn supervisor-notify-ready []
  "Tells the supervisor that this :ready child is ready; nothing happens elsewhere.
(let [out @[]] (process:start (fn [] (push out (let [s (process:supervisor-start-link [{:id :a :ready true :start (fn []
  (process:supervisor-notify-ready) (process:recv))}])] (length (process:supervisor-which-children s)))))) out) # => @[1]"
  (let [p (me) sup (get p :ready-to)]
    (when sup
      (put p :ready-to nil)
      (deliver sup [:$sup-ready (get p :pid)]))
    :ok))

(defn supervisor-stop [sup &named reason timeout timeout-s]
  "Ends a supervisor and its children, the last one first.
(let [out @[]] (process:start (fn [] (push out (let [s (process:supervisor-start-link [{:id :a :start (fn []
  (process:recv))}])] (process:supervisor-stop s))))) out) # => @[:ok]"
  (stop-server "supervisor-stop" sup (if (nil? reason) :shutdown reason) timeout timeout-s))

# --- supervised subprocess -------------------------------------------------------------------------------------------------------------------------------------------
(defn end-program [child]
  "SIGTERM, after five seconds SIGKILL; reaped."
  (subprocess/kill child :sigterm)
  (when (nil? (ev/timeout 5 (fn [] (subprocess/wait child))))
    (subprocess/kill child :sigkill)
    (subprocess/wait child)))

(defn run-program [id bin args opts]
  (let [p (me) child (subprocess/exec bin args (merge {:stdin :null :stdout :inherit :stderr :inherit} opts))]
    (put p :on-cut (fn [] (subprocess/kill child :sigkill)))
    (def @ended false)
    (defer (unless ended (end-program child))
      (let [code (subprocess/wait child)]
        (assign ended true)
        (put p :on-cut nil)
        (unless (= code 0)
          (error {:error :subprocess-exit :code code :message (string id " exited with code " code)}))
        :ok))))

(defn make-subprocess-child [id bin args &named opts restart]
  "The specification of a child that runs a program; exit codes other than 0 are crashes.
(get (process:make-subprocess-child :job \"sh\" [\"-c\" \"exit 0\"] :restart :transient) :restart) # => :transient"
  {:id id
   :restart (if (nil? restart) :permanent restart)
   :start (fn [] (run-program id bin args (if (nil? opts) {} opts)))
   :shutdown-s 10})

# --- event manager --------------------------------------------------------------------------------------------------------------------------------------------------------
# The state is an @array of handlers @{:ref :mod :state}.
(defn end-handler [h reason]
  (let [f (get (get h :mod) :terminate)]
    (unless (nil? f)
      (let [[ok? e] (protect (f reason (get h :state)))]
        (unless ok? (handler-crashed h e))))))

(defn handler-crashed [h e]
  (let [sys (get (me) :sys)]
    (log-event sys {:event :handler-crashed :pid (self) :name (get (me) :name) :handler (get h :ref) :reason [:error e]})))

(defn remove-handler [hs h]
  (let [i (find-index (fn [x] (identical? x h)) (freeze hs))]
    (when i (remove hs i))))

(defn notify-handler [hs h event]
  (let [[ok? r] (protect ((get (get h :mod) :handle-event) event (get h :state)))]
    (match [ok? r]
      [true [:ok s]] (put h :state s)
      [true [:remove s]] (begin (put h :state s) (remove-handler hs h) (end-handler h :remove))
      _ (let [e (if ok? {:error :handler-error :value r :message "event manager: illegal result of a handler"} r)]
          (remove-handler hs h)
          (handler-crashed h e)
          (end-handler h [:error e])))))

(defn notify-all [hs event]
  (each h in (freeze hs) (notify-handler hs h event)))

(defn add-handler [hs mod arg]
  (let [[ok? state] (protect (if (nil? (get mod :init)) arg ((get mod :init) arg)))]
    (if ok?
      (let [ref (new-ref (get (me) :sys))]
        (push hs @{:ref ref :mod mod :state state})
        ref)
      [:$error {:error :handler-init-failed :reason state :message "event manager: the handler could not start"}])))

(def manager-callbacks
  {:init (fn [_] (trap-exit true) [:ok @[]])
   :handle-call
     (fn [req _ hs]
       (match req
         [:notify event] (begin (notify-all hs event) [:reply :ok hs])
         [:add mod arg] [:reply (add-handler hs mod arg) hs]
         [:remove ref]
           (let [h (find (fn [x] (= (get x :ref) ref)) (freeze hs))]
             (if (nil? h)
               [:reply :not-found hs]
               (begin (remove-handler hs h) (end-handler h :remove) [:reply :ok hs])))
         :which [:reply (freeze (map (fn [h] {:id (get h :ref) :mod (get h :mod)}) (freeze hs))) hs]
         _ [:bad-request req]))
   :handle-cast
     (fn [req hs]
       (match req
         [:notify event] (begin (notify-all hs event) [:noreply hs])
         _ [:bad-request req]))
   :terminate (fn [_ hs] (each h in (freeze hs) (end-handler h :stop)))})

(defn event-manager-start-link [&named name]
  "Starts an event manager; its pid.
(let [out @[]] (process:start (fn [] (push out (begin (process:event-manager-start-link :name :bus)
  (process:event-manager-which-handlers :bus))))) out) # => @[[]]"
  (start-behaviour "event-manager-start-link" (server-body "event-manager-start-link" manager-callbacks nil) name))

(defn event-manager-add-handler [mgr mod arg &named timeout timeout-s]
  "Adds a handler module, behind those there are; a ref for it.
(let [out @[]] (process:start (fn [] (push out (let [bus (process:event-manager-start-link)]
  (process:event-manager-add-handler bus {:init (fn [arg] arg) :handle-event (fn [event state] [:ok state])} nil) (length
  (process:event-manager-which-handlers bus)))))) out) # => @[1]"
  (check-callbacks "event-manager-add-handler" mod)
  (request "event-manager-add-handler" mgr (fn [pid ref] [:$call pid ref [:add mod arg]]) timeout timeout-s))

(defn event-manager-remove-handler [mgr handler &named timeout timeout-s]
  "Removes a handler by its ref: :ok or :not-found.
(let [out @[]] (process:start (fn [] (push out (let [bus (process:event-manager-start-link) ref
  (process:event-manager-add-handler bus {:init (fn [arg] arg) :handle-event (fn [event state] [:ok state])} nil)]
  (process:event-manager-remove-handler bus ref))))) out) # => @[:ok]"
  (request "event-manager-remove-handler" mgr (fn [pid ref] [:$call pid ref [:remove handler]]) timeout timeout-s))

(defn event-manager-notify [mgr event]
  "Sends an event to every handler, without waiting.
(let [out @[]] (process:start (fn [] (push out (let [bus (process:event-manager-start-link)]
  (process:event-manager-notify bus :hello))))) out) # => @[:ok]"
  (cast-to "event-manager-notify" mgr [:$cast [:notify event]]))

(defn event-manager-sync-notify [mgr event &named timeout timeout-s]
  "Sends an event; :ok when every handler has seen it.
(let [out @[]] (process:start (fn [] (push out (let [bus (process:event-manager-start-link) seen @[]]
  (process:event-manager-add-handler bus {:init (fn [arg] arg) :handle-event (fn [event state] (push seen event)
  [:ok state])} nil) (process:event-manager-sync-notify bus :hello) seen)))) out) # => @[@[:hello]]"
  (request "event-manager-sync-notify" mgr (fn [pid ref] [:$call pid ref [:notify event]]) timeout timeout-s))

(defn event-manager-which-handlers [mgr &named timeout timeout-s]
  "[{:id ref :mod mod} ...], in order.
(let [out @[]] (process:start (fn [] (push out (process:event-manager-which-handlers
  (process:event-manager-start-link))))) out) # => @[[]]"
  (request "event-manager-which-handlers" mgr (fn [pid ref] [:$call pid ref :which]) timeout timeout-s))

(fn []
  {:make-scheduler make-scheduler :start start :run run :process-info process-info :inject inject
   :self self :spawn spawn :spawn-link spawn-link :spawn-monitor spawn-monitor
   :send send :send-named send-named :recv recv :recv-match recv-match :recv-timeout recv-timeout
   :send-after send-after :send-after-s send-after-s :cancel-timer cancel-timer
   :link link :unlink unlink :monitor monitor :demonitor demonitor :trap-exit trap-exit :exit exit
   :register register :unregister unregister :whereis whereis
   :put-dict put-dict :get-dict get-dict :erase-dict erase-dict :reason-class reason-class
   :gen-server-start-link gen-server-start-link :gen-server-enter gen-server-enter :gen-server-call gen-server-call
   :gen-server-cast gen-server-cast :gen-server-stop gen-server-stop :gen-server-reply gen-server-reply
   :actor-start-link actor-start-link :actor-get actor-get :actor-update actor-update :actor-cast actor-cast
   :task-async task-async :task-await task-await
   :supervisor-start-link supervisor-start-link :supervisor-start-child supervisor-start-child
   :supervisor-stop-child supervisor-stop-child :supervisor-which-children supervisor-which-children
   :supervisor-notify-ready supervisor-notify-ready :supervisor-stop supervisor-stop
   :make-subprocess-child make-subprocess-child
   :event-manager-start-link event-manager-start-link :event-manager-add-handler event-manager-add-handler
   :event-manager-remove-handler event-manager-remove-handler :event-manager-notify event-manager-notify
   :event-manager-sync-notify event-manager-sync-notify :event-manager-which-handlers event-manager-which-handlers})
