# Random trees of fibers that park, resume, abort, time out and fail: (run-trees seed operations) -> how many operations were done.
#
# Every fiber draws from a generator of its own, seeded by its parent, so a tree depends on the seed alone; when things happen depends
# on the clock, so under --virtual-time (and a schedule seed) a run repeats exactly. What must hold, whatever happens:
#   no orphan: whatever was started has ended, and its cleanup has run, once
#   no late wake-up: a wait ends because of what it waited for (a time, a fiber, a key), never because of an earlier one
#   nothing left: fibers, waits, timers, descriptors; locks are free, permits are back
(def sync ((import "std/sync")))
(def @seed 0)
(def @operations 0)
(def @wanted 0)
(def @keys-used 0) # of futexes
(def @inside 0)   # bodies of fibers that have begun and not ended
(def recent @[])  # some fibers that may be aborted
(def kept 64)

(defn wrong [& what]
  (println "seed " seed ", operation " operations ": " (string/join (map string what) " "))
  (sys/exit 1))

# --- chance ------------------------------------------------------------------------------------------------------------------------
(defn generator [x] @[x])
(defn below [r n]
  (put r 0 (+ (* (get r 0) 6364136223846793005) 1442695040888963407))
  (mod (bit/and (bit/shr (get r 0) 33) 0x3fffffff) n))
(defn fork [r] (generator (below r 1000000000)))
(defn some-time [r] (/ (below r 100) 100000.0))

# --- fibers ------------------------------------------------------------------------------------------------------------------------
(defn expected? [e] (or (= e :injected) (and (struct? e) (= (get e :error) :aborted))))
(defn body [r depth]
  "A thunk: random work, observed."
  (let [own (fork r)]
    (fn []
      (def @ended 0)
      (assign inside (inc inside))
      (defer (begin
               (assign inside (dec inside))
               (assign ended (inc ended))
               (unless (= ended 1) (wrong "a fiber ended" ended "times")))
        (try (work own depth)
             (catch e (if (expected? e) (error e) (wrong "unexpected:" e)))))
      :value)))
(defn remember [f]
  (if (< (length recent) kept) (push recent f) (put recent (mod operations kept) f))
  f)
(defn child [r depth] (remember (ev/spawn (body r depth))))
(defn end-fiber [f]
  (ev/abort f)
  (ev/join-protected f)
  (unless (fiber/done? f) (wrong "joined, not done")))
(defn end-all [fibers] (each f in fibers (ev/abort f)) (each f in fibers (end-fiber f)))
(defn children [r depth] (map (fn [_] (child r depth)) (range (inc (below r 3)))))
(defn ignore-injected [thunk] (try (thunk) (catch e (unless (= e :injected) (error e)))))

(defn sleep [seconds]
  (let [start (clock/monotonic)]
    (ev/sleep seconds)
    (when (< (- (clock/monotonic) start) (- seconds 1e-9)) (wrong "woken early"))))

# --- operations: each leaves nothing behind, however it ends ------------------------------------------------------------------------
(def lock (sync:make-lock))
(def permits (sync:make-semaphore 2))
(def condition (sync:make-condvar))
(def rw (sync:make-rwlock))
(def queue (sync:make-queue 2))

(defn a-yield [r depth] (yield))
(defn a-turn [r depth] (ev/sleep 0))
(defn a-sleep [r depth] (sleep (some-time r)))
(defn a-join [r depth]
  (let [f (child r depth)]
    (defer (end-fiber f)
      (ignore-injected (fn [] (unless (= (ev/join f) :value) (wrong "joined another value")))))))
(defn a-join-protected [r depth]
  (let [all (children r depth)]
    (defer (end-all all)
      (each [ok? v] in (ev/join-protected all)
        (unless (if ok? (= v :value) (expected? v)) (wrong "outcome" ok? v))))))
(defn a-select [r depth]
  (let [all (children r depth)]
    (defer (end-all all)
      (let [[done rest] (ev/select all)]
        (unless (and (fiber/done? done) (= (length rest) (dec (length all)))) (wrong "selected" done rest))))))
(defn a-pool [r depth]
  (let [all (children r depth) [next pool] (ev/as-completed all)]
    (defer (end-all all)
      (def @f (next))
      (def @n 0)
      (while f
        (unless (fiber/done? f) (wrong "next before its end"))
        (ev/join-protected f)
        (assign n (inc n))
        (assign f (next)))
      (unless (= n (length all)) (wrong "next gave" n "of" (length all))))))
(defn a-race [r depth] (ignore-injected (fn [] (ev/race (children r depth)))))
(defn a-timeout [r depth] (ignore-injected (fn [] (ev/timeout (some-time r) (body r depth)))))
(defn a-scope [r depth]
  (let [own (fork r)]
    (ignore-injected (fn []
      (ev/scope (fn [spawn]
        (repeat (inc (below own 2)) (remember (spawn (body own depth))))
        (work own depth)))))))
(defn a-map [r depth]
  (let [bodies (map (fn [_] (body r depth)) (range (inc (below r 3))))]
    (ignore-injected (fn [] (if (= 0 (below r 2)) (ev/map (fn [b] (b)) bodies) (ev/map-limited (fn [b] (b)) bodies 2))))))
(defn a-run [r depth] (ignore-injected (fn [] (ev/run (body r depth) (body r depth)))))
(defn a-chain [r depth]
  # An error that left the inner fiber would leave it suspended, its cleanups not run (07 section 8).
  (let [own (fork r)
        inner (fiber/new (fn [] (fiber/resume (fiber/new (fn [] (protect (work own depth)) :deep) |:debug|)) :inner) |:debug|)]
    (unless (= (fiber/resume inner) :inner) (wrong "the chain returned something else"))))
(defn a-lock [r depth] (lock:with (fn [] (if (= 0 (below r 2)) (yield) (ev/sleep 0)))))
(defn a-permit [r depth] (permits:with (fn [] (sleep (some-time r)))))
(defn a-condition [r depth]
  (ev/timeout (some-time r) (fn [] (lock:with (fn [] (condition:wait lock)))))
  (condition:broadcast))
(defn a-rwlock [r depth] (if (= 0 (below r 3)) (rw:with-write (fn [] (yield))) (rw:with-read (fn [] (ev/sleep 0)))))
(defn a-queue [r depth]
  (ev/timeout (some-time r) (fn [] (if (= 0 (below r 2)) (queue:put r) (queue:take)))))
(defn a-futex [r depth]
  (assign keys-used (inc keys-used))
  (let [cell @[0] key keys-used n (below r 4)
        waker (ev/spawn (fn [] (repeat n (ev/sleep 0)) (put cell 0 1) (ev/futex-wake key 1)))]
    (defer (end-fiber waker)
      (ev/futex-wait key cell 0)
      (unless (= (get cell 0) 1) (wrong "woken by nobody")))))
(defn a-datagram [r depth]
  (let [u (udp/bind "127.0.0.1" 0) port (parse-int (last (string/split (port/path u) ":"))) n (below r 4)]
    (defer (port/close u)
      (let [sender (ev/spawn (fn [] (repeat n (ev/sleep 0)) (udp/send-to u "x" "127.0.0.1" port)))]
        (defer (end-fiber sender)
          (let [got (ev/timeout (some-time r) (fn [] (udp/recv-from u 10)))]
            (unless (or (nil? got) (= (string got:data) "x")) (wrong "received" got))))))))
(defn an-abort [r depth]
  (unless (empty? recent) (ev/abort (get recent (below r (length recent))))))
(defn a-cancel [r depth]
  (let [f (ev/spawn (fn [] (ev/sleep 60) (wrong "a cancelled fiber went on")))]
    (defer (begin (unless (fiber/done? f) (fiber/cancel f {:error :aborted})) (ev/join-protected f))
      (repeat (below r 2) (ev/sleep 0)))))
(defn an-error [r depth] (error :injected))
(defn a-cleanup [r depth] (defer (repeat (below r 3) (ev/sleep 0)) (work r depth)))
(defn a-catch [r depth] (protect (work r depth)))

(def leaves [a-yield a-turn a-sleep a-lock a-permit a-condition a-rwlock a-queue a-futex an-abort a-cancel])
(def branches [a-join a-join-protected a-select a-pool a-race a-timeout a-scope a-map a-run a-chain a-cleanup a-catch])
(defn work [r depth]
  (repeat (inc (below r 3))
    (assign operations (inc operations))
    (let [n (below r 100)]
      (cond
        (= n 0) (an-error r depth)
        (= n 1) (a-datagram r depth)
        (or (= depth 0) (< n 40)) ((get leaves (below r (length leaves))) r depth)
        ((get branches (below r (length branches))) r (dec depth))))))

# --- the whole -----------------------------------------------------------------------------------------------------------------------
(defn root [r] (while (< operations wanted) (ev/join-protected (ev/spawn (body r (below r 6))))))
(defn counts [] (let [s (ev/stats)] [s:live s:waits s:timers]))
(defn settle [before]
  "Cleanups that a race did not wait for come to their end."
  (def @left 10000)
  (while (and (> left 0) (not= (counts) before))
    (assign left (dec left))
    (ev/sleep 0.0001))
  (unless (= (counts) before) (wrong "left [fibers waits timers]" (counts) "instead of" before))
  (unless (= inside 0) (wrong inside "fibers have not ended"))
  (while (= :ok (first (queue:try-take))) nil)
  (unless (lock:try-acquire) (wrong "the lock is held"))
  (lock:release)
  (unless (= (permits:permits) 2) (wrong (permits:permits) "permits"))
  (unless (= :free (rw:with-write (fn [] :free))) (wrong "the rwlock is held")))

(defn run-trees [first-seed count]
  (assign seed first-seed)
  (assign operations 0)
  (assign wanted count)
  (popn recent (length recent))
  (let [before (counts) r (generator first-seed)]
    (ev/join (map (fn [_] (let [own (fork r)] (ev/spawn (fn [] (root own))))) (range 8)))
    (settle before)
    operations))
