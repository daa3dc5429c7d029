# Processes of std/process (13 sections 1 to 7): order, scheduling, exits, links, monitors, timeouts.
(include-file "../_check.lisp")
(def process ((import "std/process")))
(defn in-sys [thunk]
  (def @out nil)
  (process:start (fn [] (assign out (thunk))))
  out)
(defn quiet [_] nil)
(defn in-quiet-sys [thunk]
  (def @out nil)
  (process:start (fn [] (assign out (thunk))) :logger quiet)
  out)
(defn kind-of [thunk] (let [[ok? e] (protect (thunk))] (if ok? :no-error (if (struct? e) (get e :error) e))))
(defn hog [] (letrec [spin (fn [n] (spin (+ n 1)))] (spin 0)))

# --- entry points ---
(check (kind-of process:self) :not-a-process)
(check (kind-of (fn [] (process:make-scheduler :fuel 0))) :bad-argument)
(check (kind-of (fn [] (in-sys (fn [] (process:spawn 1))))) :type-error)
(check (kind-of (fn [] (in-sys (fn [] (process:spawn (fn [x] x)))))) :type-error)
(let [s (process:make-scheduler)]
  (process:inject s 0 :early)
  (def @got nil)
  (check (identical? s (process:run s (fn [] (assign got (process:recv-timeout 2))))) true)
  (check got :timeout)
  (process:run s (fn [] (assign got (process:self))))
  (check got 1)
  (check (get (process:process-info s 0) :status) :dead)
  (check (process:process-info s 9) nil))
(check (protect (process:start (fn [] (process:exit (process:self) :odd))))
       [false {:error :init-exit :reason :odd :message "start: the first process ended abnormally"}])
(check (kind-of (fn [] (process:start (fn [] (process:spawn hog) (error :init-broke))))) :init-broke)
(let [[ok? e] (protect (process:start (fn [] (process:spawn (fn [] (process:register :b) (process:recv))) (process:recv))))]
  (check [ok? (get e :error) (get e :waiting)] [false :deadlock [{:pid 0 :name nil} {:pid 1 :name :b}]]))

# Only idle processes are left: their cleanups run, start returns.
(let [log @[]]
  (process:start (fn [] (process:spawn (fn [] (defer (push log :cleaned) (process:recv)))) (push log :init)))
  (check (freeze log) [:init :cleaned]))
# The caller of start is aborted: nothing stays.
(let [log @[]]
  (check (ev/timeout 0.02 (fn [] (process:start (fn [] (defer (push log :gone) (ev/sleep 60)))))) nil)
  (check (freeze log) [:gone]))
# Fibers outside go on meanwhile.
(let [log @[] outside (ev/spawn (fn [] (repeat 3 (ev/sleep 0.001)) (push log :outside)))]
  (process:start (fn [] (ev/sleep 0.05) (push log :inside)))
  (check (freeze log) [:outside :inside])
  (ev/join outside))
# Two systems know nothing of each other.
(check (in-sys (fn [] (process:register :x) [(process:self) (in-sys (fn [] [(process:self) (process:whereis :x)]))])) [0 [0 nil]])

# --- preemption ---
(each fuel in [100 1000]
  (def @got nil)
  (process:start (fn []
    (let [me (process:self) h (process:spawn hog)]
      (process:spawn (fn [] (process:send me :alive)))
      (assign got (process:recv))
      (process:exit h :kill))) :fuel fuel)
  (check got :alive))
(check (in-sys (fn [] # a loop without a call
  (let [me (process:self) h (process:spawn (fn [] (def @n 0) (while true (assign n (+ n 1)))))]
    (process:spawn (fn [] (process:send me :alive)))
    (let [m (process:recv)] (process:exit h :kill) m)))) :alive)
(check (in-sys (fn [] # values survive preemption; budgets work inside
  (let [sum (fn [n] (def @s 0) (def @i 0) (while (< i n) (assign s (+ s i)) (assign i (+ i 1))) s)
        me (process:self)]
    (each k in [10 20000 30000] (process:spawn (fn [] (defer nil (process:send me [k (sum k)])))))
    (let [f (fiber/new hog :fuel)]
      (fiber/set-fuel f 5000)
      (fiber/resume f)
      [(fiber/fuel f) (sort (map (fn [_] (process:recv)) [1 2 3]))]))))
  [0 [[10 45] [20000 199990000] [30000 449985000]]])
(check (in-sys (fn [] # every echo within a round
  (let [hogs (map (fn [_] (process:spawn hog)) (range 100))
        echo (process:spawn (fn [] (forever (match (process:recv) [who x] (process:send who x) _ nil))))
        got (map (fn [i] (process:send echo [(process:self) i]) (process:recv)) (range 5))]
    (each h in hogs (process:exit h :kill))
    (->array got)))) [0 1 2 3 4])

# --- mailbox ---
(check (in-sys (fn []
  (let [me (process:self)]
    (each m in [nil false 1] (process:send me m))
    [(process:recv-match (fn [x] (= x 1))) (process:recv-timeout 0) (process:recv) (process:recv-timeout 0)])))
  [1 nil false :timeout])
(check (in-sys (fn [] # each message is tested once
  (let [me (process:self) seen @[]]
    (each m in [1 2 3] (process:send me m))
    (process:spawn (fn [] (process:send me 4) (process:send me 5)))
    (process:send-after 5 me 6)
    (let [m (process:recv-match (fn [x] (push seen x) (= x 6)))]
      [m (freeze seen) (process:recv) (process:recv)])))) [6 [1 2 3 4 5 6] 1 2])
(check (in-sys (fn []
  (process:send (process:self) 1)
  [(protect (process:recv-match (fn [_] (error :no)))) (process:recv)])) [[false :no] 1])
(check (in-sys (fn []
  (process:send (process:self) 1)
  [(kind-of (fn [] (process:recv-match (fn [_] (process:recv))))) (process:recv)])) [:recv-busy 1])
(check (in-sys (fn [] # an aborted receive takes nothing
  [(ev/timeout 0.002 (fn [] (process:recv-match (fn [_] false))))
   (begin (process:send (process:self) :kept) (process:recv))])) [nil :kept])
(check (in-sys (fn [] (process:recv-match (fn [_] true) :timeout 3 :else :none))) :none)
(check (in-sys (fn [] (process:recv-match (fn [_] true) :timeout-s 0.002 :else :none))) :none)
(check (kind-of (fn [] (in-sys (fn [] (process:recv-match nil? :timeout 1 :timeout-s 1))))) :bad-argument)
(let [t (clock/monotonic)] # nothing pending: the clock jumps; something pending: a millisecond is a tick
  (check (in-sys (fn [] (process:recv-timeout 1000000))) :timeout)
  (check (in-sys (fn [] (let [sleeper (process:spawn (fn [] (ev/sleep 10))) r (process:recv-timeout 20)]
                          (process:exit sleeper :kill) r))) :timeout)
  (check (< (- (clock/monotonic) t) 1) true))

# --- timers ---
(check (in-sys (fn []
  (let [me (process:self)]
    (each x in [:a :b :c] (process:send-after 5 me x))
    (process:send-after 1 me :first)
    (->array (map (fn [_] (process:recv)) [1 2 3 4]))))) [:first :a :b :c])
(check (in-sys (fn []
  (let [me (process:self) r (process:send-after-s 0.001 me :real) dead (process:spawn (fn [] nil))]
    (process:send-after 1000000000 dead :never)
    [(process:recv) (process:cancel-timer r)]))) [:real :not-found])

# --- exits ---
(check (in-sys (fn []
  (process:trap-exit true)
  (let [log @[]]
    (process:spawn-link (fn []
      (defer (push log :cleaned) (protect (process:exit (process:self) :bye)) (push log :never))))
    [(process:recv) (freeze log)]))) [[:EXIT 1 :bye] [:cleaned]])
(check (in-sys (fn [] # no handler stops an exit
  (let [log @[] p (process:spawn (fn [] (forever (protect (process:recv)) (push log :caught))))
        [q ref] (process:spawn-monitor (fn [] (try (process:recv) (catch _ (push log :caught)))))]
    (process:exit q :stop)
    (process:exit p :kill)
    [(process:recv) (freeze log) (process:exit p :again) (process:send p 1)]))) [[:DOWN 1 2 [:killed :stop]] [] :ok :ok])
(check (in-sys (fn [] # :kill cannot be trapped, its echo can; :normal is ignored
  (process:trap-exit true)
  (let [p (process:spawn-link (fn [] (process:trap-exit true) (forever (process:recv))))]
    (process:exit p :normal)
    (process:exit p :whatever)
    (process:exit p :kill)
    (process:recv)))) [:EXIT 1 [:killed :kill]])
(check (in-sys (fn []
  (let [p (process:spawn (fn [] (process:recv)))]
    (process:exit p :normal)
    (process:send p :go)
    (let [ref (process:monitor p)] [(get (process:recv) 3) (process:exit p :kill) (process:exit 99 :kill)])))) [[:normal :go] :ok :ok])

# --- links ---
(check (in-sys (fn [] # a tree dies from the leaf upwards; reasons nest
  (process:trap-exit true)
  (let [log @[]]
    (process:spawn-link (fn []
      (process:register :root)
      (defer (push log :root)
        (process:spawn-link (fn []
          (defer (push log :branch)
            (process:spawn-link (fn [] (process:recv-timeout 3) (error :leaf)))
            (process:recv))))
        (process:recv))))
    [(process:recv) (process:whereis :root) (freeze log)])))
  [[:EXIT 1 [:linked 2 [:linked 3 [:error :leaf]]]] nil [:branch :root]])
(check (in-sys (fn [] # normal ends do not travel, except to trappers
  (let [me (process:self)]
    (process:spawn-link (fn [] :fine))
    (process:spawn-link (fn [] (process:exit (process:self) :shutdown)))
    (process:trap-exit true)
    (process:spawn-link (fn [] :seen))
    (process:recv)))) [:EXIT 3 [:normal :seen]])
(check (in-sys (fn []
  (process:trap-exit true)
  (process:link 77)
  (let [p (process:spawn-link (fn [] (process:recv)))]
    (process:unlink p)
    (process:exit p :kill)
    [(process:recv) (process:recv-timeout 3)]))) [[:EXIT 77 :noproc] :timeout])
(check (in-quiet-sys (fn [] # peers
  (let [a (process:spawn (fn [] (process:recv) (error :a)))
        [b ref] (process:spawn-monitor (fn [] (process:link a) (process:recv)))]
    (process:send a :die)
    (get (process:recv) 3)))) [:linked 1 [:error :a]])

# --- monitors, names, dictionary ---
(check (in-quiet-sys (fn []
  (let [[p r1] (process:spawn-monitor (fn [] (process:register :n) (process:recv) (error :x)))
        r2 (process:monitor p)
        r3 (process:monitor p)]
    (process:demonitor r3 :flush true)
    (process:send :n :go)
    (let [a (process:recv) b (process:recv)]
      [(= (get a 1) r1) (= (get b 1) r2) (get b 3) (process:whereis :n) (process:recv-timeout 2)
       (get (begin (process:monitor p) (process:recv)) 3)]))))
  [true true [:error :x] nil :timeout :noproc])
(check (in-sys (fn []
  (process:register :me)
  (process:register :me)
  [(kind-of (fn [] (process:register :other)))
   (let [me (process:self)]
     (process:spawn (fn [] (process:send me (kind-of (fn [] (process:register :me))))))
     (process:recv))
   (process:unregister :me) (process:whereis :me)])) [:already-named :already-registered :ok nil])
(check (in-sys (fn [] [(process:put-dict :k 1) (process:put-dict :k 2) (process:erase-dict :k) (process:get-dict :k)])) [nil 1 2 nil])

# --- sub-fibers ---
(check (in-sys (fn []
  (process:trap-exit true)
  (let [log @[]]
    (process:spawn-link (fn [] (ev/spawn (fn [] (defer (push log :sub) (ev/sleep 60)))) (ev/sleep 0) :end))
    [(process:recv) (freeze log)]))) [[:EXIT 1 [:normal :end]] [:sub]])
(check (in-sys (fn []
  (process:trap-exit true)
  (process:spawn-link (fn [] (ev/spawn (fn [] (error :sub))) (ev/sleep 0.001) :end))
  (process:recv))) [:EXIT 1 [:error :sub]])
(check (in-sys (fn []
  (process:trap-exit true)
  (process:spawn-link (fn [] (ev/join (ev/spawn (fn [] (process:exit (process:self) :from-sub)))) (ev/sleep 60)))
  (process:recv))) [:EXIT 1 :from-sub])
(check (in-sys (fn [] (= (process:self) (ev/join (ev/spawn process:self))))) true)

# --- what std/sync hands over survives the death of its receiver ---
(def sync ((import "std/sync")))
(check (in-sys (fn []
  (let [lock (sync:make-lock) sem (sync:make-semaphore 0)
        holder (process:spawn (fn [] (lock:with (fn [] (process:recv)))))
        waiter (process:spawn (fn [] (sem:acquire)))]
    (process:exit holder :kill)
    (sem:release)
    (process:exit waiter :kill)
    [(lock:try-acquire) (sem:permits)]))) [true 1])
