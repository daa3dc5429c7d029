# std/sync: synchronisation of the fibers of one thread (specification, chapter 10).
#
# Every object keeps its waiters in a FIFO (line). Whoever frees something gives it to the first waiter at that moment: it marks the
# waiter as `handed` and ends its wait; the state of the object already counts the waiter as the owner then. So nobody can come in
# between, and there are no spurious wake-ups. When a waiter goes away, the `lost` function of its wait mends the object: it is told
# whether the waiter had been handed something (which then goes to the next one, or back). An abort comes as an error at the
# wait; of fiber/cancel the scheduler tells through the fiber's cancel hooks.

# --- FIFO of items: @[items head]; what stands before head is gone ---------------------------------------------------------------------
(defn fifo [] @[@[] 0])
(defn fifo-size [q] (- (length (get q 0)) (get q 1)))
(defn fifo-empty? [q] (= (length (get q 0)) (get q 1)))
(defn fifo-push [q x] (push (get q 0) x))

(defn fifo-pop [q]
  (let [items (get q 0) head (get q 1) next (+ head 1) x (get items head)]
    (put items head nil)
    (cond
      (= next (length items)) (begin (popn items next) (put q 1 0))
      (and (> next 32) (> (* 2 next) (length items))) (begin (put q 0 (slice items next)) (put q 1 0))
      (put q 1 next))
    x))

(defn fifo-push-front [q x]
  (let [head (get q 1)]
    (if (= head 0)
      (insert (get q 0) 0 x)
      (begin (put (get q 0) (- head 1) x) (put q 1 (- head 1))))))

(defn fifo-remove [q x]
  "Removes x; true if it was there."
  (let [items (get q 0) n (length items)]
    (def @i (get q 1))
    (while (and (< i n) (not (identical? (get items i) x)))
      (assign i (+ i 1)))
    (if (< i n) (begin (remove items i) true) false)))

# --- line: the FIFO of waiters, @[first last size]. A waiter knows its neighbours, so that any of them can leave at once ----------
(defn line [] @[nil nil 0])
(defn line-size [q] (get q 2))
(defn line-first [q] (get q 0))
(defn line-empty? [q] (nil? (get q 0)))

(defn line-push [q w]
  (let [last (get q 1)]
    (put w 5 last)
    (put w 7 true)
    (if last (put last 6 w) (put q 0 w))
    (put q 1 w)
    (put q 2 (+ (get q 2) 1))))

(defn line-remove [q w]
  "Nothing happens if w has left already."
  (when (get w 7)
    (let [before (get w 5) after (get w 6)]
      (if before (put before 6 after) (put q 0 after))
      (if after (put after 5 before) (put q 1 before))
      (put w 5 nil)
      (put w 6 nil)
      (put w 7 false)
      (put q 2 (- (get q 2) 1)))))

(defn line-pop [q]
  (let [w (get q 0)]
    (line-remove q w)
    w))

# --- waiting: a waiter is @[handed? value fiber data wait before after in-line?] ---------------------------------------------------
(defn handed? [w] (get w 0))
(defn handed [w] (get w 1))
(defn waiter-fiber [w] (get w 2))
(defn waiter-data [w] (get w 3))

(defn hand [w value]
  "Ends the wait of w with value; false if it had gone away already. Never switches."
  (if (%%wait-end (get w 4))
    (begin (put w 0 true) (put w 1 value) true)
    false))

(defn hand-next [q value]
  "Hands value to the first waiter of q that is still there: the waiter, nil if there is none."
  (block :found
    (while (not (line-empty? q))
      (let [w (line-pop q)]
        (when (hand w value) (break :found w))))
    nil))

(defn hand-all [q value]
  (while (hand-next q value) nil))

(defn with-cancel-hook [hook thunk]
  "Runs thunk; hook is called if the fiber is cancelled meanwhile."
  (let [hooks (%%cancel-hooks)]
    (%%set-cancel-hooks (pair hook hooks))
    (defer (%%set-cancel-hooks hooks) (thunk))))

(defn wait-in [q kind data lost]
  "Queues up in q and parks until somebody hands over something, which is the value. (lost w) is called if the fiber goes
   away instead: it is out of the queue then."
  (let [wait (%%wait-begin kind)
        w @[false nil (ev/self) data wait nil nil false]
        gone (fn [] (line-remove q w) (lost w))
        hooks (%%cancel-hooks)]
    (line-push q w)
    (%%set-cancel-hooks (pair gone hooks))
    (let [[ok? problem] (protect (%%wait-park wait))]
      (%%set-cancel-hooks hooks)
      (unless ok?
        (gone)
        (error problem))
      (handed w))))

(defn nothing-lost [w] nil)

# --- errors --------------------------------------------------------------------------------------------------------------------
(defn misuse [kind reason message]
  (error {:error :sync-error :reason reason :object kind :message message}))

(defn wrong-type [op expected value]
  (error {:error :type-error :got (type-of value) :arg 0
          :message (string op ": expected " expected ", got " (type-of value))}))

(defn check-integer [op value least]
  (unless (integer? value) (wrong-type op "integer" value))
  (when (< value least)
    (error {:error :value-error :message (string op ": expected at least " least ", got " value)})))

(defn check-thunk [op thunk]
  (unless (callable? thunk) (wrong-type op "function" thunk)))

# --- futex -----------------------------------------------------------------------------------------------------------------------
(defn make-futex [initial]
  "A cell to wait on: {:wait :wake :get :set :cell}.
(let [cell (sync:make-futex 0) f (ev/spawn (fn [] (cell:wait 0) :woken))] (ev/sleep 0) (cell:set 1) (cell:wake 1)
  (ev/join f)) # => :woken"
  (def cell @[initial])
  (def waiters (line))
  (defn wake [count]
    (check-integer "futex wake" count 0)
    (def @woken 0)
    (while (and (< woken count) (hand-next waiters nil))
      (assign woken (+ woken 1)))
    woken)
  (defn lost [w] (when (handed? w) (wake 1)))
  {:wait (fn [expected]
           (while (= (get cell 0) expected)
             (wait-in waiters :futex nil lost)))
   :wake wake
   :get (fn [] (get cell 0))
   :set (fn [v] (put cell 0 v) nil)
   :cell cell})

# --- lock ------------------------------------------------------------------------------------------------------------------------
(defn make-lock []
  "Mutual exclusion: {:acquire :release :try-acquire :held? :with}.
(let [lock (sync:make-lock)] [(lock:with (fn [] (lock:held?))) (lock:held?)]) # => [true false]"
  (def waiters (line))
  (def @held false)
  (def @holder nil) # nil while unknown
  (defn pass-on []
    (let [w (hand-next waiters nil)]
      (assign held (not (nil? w)))
      (assign holder (if w (waiter-fiber w) nil)))
    nil)
  (defn acquire []
    (cond
      (not held) (begin (assign held true) (assign holder (ev/self)))
      (and (not (nil? holder)) (identical? holder (ev/self)))
        (misuse :lock :would-deadlock "lock: this fiber holds it already")
      (wait-in waiters :lock nil (fn [w] (when (handed? w) (pass-on)))))
    nil)
  (defn release []
    (unless held (misuse :lock :not-held "lock: released, but not held"))
    (pass-on))
  {:acquire acquire
   :release release
   :try-acquire (fn []
     (if held
       false
       (begin (assign held true) (assign holder (ev/self)) true)))
   :held? (fn [] held)
   :with (fn [thunk]
     (check-thunk "lock with" thunk)
     (acquire)
     (defer (release) (thunk)))
   :%%kind :lock})

# --- semaphore --------------------------------------------------------------------------------------------------------------------
(defn make-semaphore [n]
  "n permits: {:acquire :release :try-acquire :permits :with}.
(let [s (sync:make-semaphore 2)] (s:acquire) (s:permits)) # => 1"
  (check-integer "make-semaphore" n 0)
  (def waiters (line))
  (def @permits n)
  (defn release []
    (unless (hand-next waiters nil) (assign permits (+ permits 1)))
    nil)
  (defn acquire []
    (if (> permits 0)
      (assign permits (- permits 1))
      (wait-in waiters :semaphore nil (fn [w] (when (handed? w) (release)))))
    nil)
  {:acquire acquire
   :release release
   :try-acquire (fn []
     (if (> permits 0)
       (begin (assign permits (- permits 1)) true)
       false))
   :permits (fn [] permits)
   :with (fn [thunk]
     (check-thunk "semaphore with" thunk)
     (acquire)
     (defer (release) (thunk)))})

# --- condition variable --------------------------------------------------------------------------------------------------------------
(defn wait-for-notice [waiters notify lock]
  "The condition wait: parks without the lock, comes back with it in every case. A notice that its waiter cannot use goes on."
  (def @noticed false)
  (lock:release)
  (try
    (with-cancel-hook (fn [] (when noticed (notify)))
      (fn []
        (defer (lock:acquire)
          (wait-in waiters :condvar nil (fn [w] (when (handed? w) (notify))))
          (assign noticed true))))
    (catch e
      (when noticed (notify))
      (error e)))
  nil)

(defn make-condvar []
  "A condition variable: {:wait :notify :broadcast}.
(let [lock (sync:make-lock) ready (sync:make-condvar) f (ev/spawn (fn [] (lock:acquire) (ready:wait lock)
  (lock:release) :told))] (ev/sleep 0) (ready:notify) (ev/join f)) # => :told"
  (def waiters (line))
  (defn notify []
    (hand-next waiters nil)
    nil)
  {:wait (fn [lock]
     (unless (and (struct? lock) (= (get lock :%%kind) :lock)) (wrong-type "condvar wait" "lock" lock))
     (unless (lock:held?) (misuse :condvar :not-held "condvar: the lock is not held"))
     (wait-for-notice waiters notify lock))
   :notify notify
   :broadcast (fn []
     (hand-all waiters nil))})

# --- read-write lock -------------------------------------------------------------------------------------------------------------------
(defn make-rwlock []
  "Many readers or one writer: {:read-acquire :read-release :write-acquire :write-release :with-read :with-write}.
(let [l (sync:make-rwlock)] (l:with-read (fn [] (l:with-read (fn [] :both))))) # => :both"
  (def waiters (line)) # both kinds; data is :read or :write
  (def @readers 0)
  (def @writing false)
  (defn first-kind [] (waiter-data (line-first waiters)))
  (defn admit []
    "Lets in who may go: a run of readers, or one writer."
    (while (and (not writing) (not (line-empty? waiters)) (or (= readers 0) (= (first-kind) :read)))
      (let [w (line-pop waiters)]
        (when (hand w nil)
          (if (= (waiter-data w) :read)
            (assign readers (+ readers 1))
            (assign writing true)))))
    nil)
  (defn read-release []
    (when (= readers 0) (misuse :rwlock :not-held "rwlock: read-released, but no reader holds it"))
    (assign readers (- readers 1))
    (admit))
  (defn write-release []
    (unless writing (misuse :rwlock :not-held "rwlock: write-released, but no writer holds it"))
    (assign writing false)
    (admit))
  (defn lost [w]
    (cond
      (not (handed? w)) (admit)
      (= (waiter-data w) :read) (read-release)
      (write-release)))
  (defn read-acquire []
    (if (and (not writing) (line-empty? waiters))
      (assign readers (+ readers 1))
      (wait-in waiters :rwlock :read lost))
    nil)
  (defn write-acquire []
    (if (and (not writing) (= readers 0) (line-empty? waiters))
      (assign writing true)
      (wait-in waiters :rwlock :write lost))
    nil)
  {:read-acquire read-acquire
   :read-release read-release
   :write-acquire write-acquire
   :write-release write-release
   :with-read (fn [thunk]
     (check-thunk "rwlock with-read" thunk)
     (read-acquire)
     (defer (read-release) (thunk)))
   :with-write (fn [thunk]
     (check-thunk "rwlock with-write" thunk)
     (write-acquire)
     (defer (write-release) (thunk)))})

# --- barrier ------------------------------------------------------------------------------------------------------------------------------
(defn make-barrier [n]
  "n fibers meet: {:wait}. A generation is released as a whole; its waiters leave the queue at that moment.
(let [b (sync:make-barrier 2)] (ev/map (fn [i] (b:wait) i) [1 2])) # => [1 2]"
  (check-integer "make-barrier" n 1)
  (def waiters (line))
  {:wait (fn []
     (if (= (+ (line-size waiters) 1) n)
       (hand-all waiters nil)
       (wait-in waiters :barrier nil nothing-lost))
     nil)})

# --- latch ----------------------------------------------------------------------------------------------------------------------------------
(defn make-latch []
  "A gate that opens once: {:wait :open :open?}.
(let [l (sync:make-latch) f (ev/spawn (fn [] (l:wait) :gone))] (l:open) (ev/join f)) # => :gone"
  (def waiters (line))
  (def @is-open false)
  {:wait (fn []
     (unless is-open (wait-in waiters :latch nil nothing-lost))
     nil)
   :open (fn []
     (assign is-open true)
     (hand-all waiters nil))
   :open? (fn [] is-open)})

# --- once -----------------------------------------------------------------------------------------------------------------------------------
(defn check-lazy-thunk [thunk]
  (unless (closure? thunk) (wrong-type "make-once" "closure" thunk))
  (let [arity (fn/arity thunk)]
    (unless (= (if (pair? arity) (first arity) arity) 0)
      (error {:error :arity-error :message "make-once: the thunk has required arguments" :expected arity :actual 0}))))

(defn make-once [thunk]
  "A value computed at the first call: {:get}. Waiters are handed :look (there is a result) or :run (compute it yourself).
(let [o (sync:make-once (fn [] 5))] [(o:get) (o:get)]) # => [5 5]"
  (check-lazy-thunk thunk)
  (def waiters (line))
  (def @state :new) # :running, :done, :failed
  (def @result nil)
  (def @runner nil)
  (defn pass-on []
    "The run does not count: the first waiter runs in its place."
    (let [w (hand-next waiters :run)]
      (assign state (if w :running :new))
      (assign runner (if w (waiter-fiber w) nil))))
  (defn settle [how value]
    (assign state how)
    (assign result value)
    (assign runner nil)
    (hand-all waiters :look))
  (defn run []
    (assign state :running)
    (assign runner (ev/self))
    (let [aborts (%%abort-count)
          [ok? value] (with-cancel-hook pass-on (fn [] (protect (thunk))))]
      (cond
        ok? (settle :done value)
        (= aborts (%%abort-count)) (settle :failed value)
        (begin (pass-on) (error value)))))
  (defn answer []
    (if (= state :done) result (error result)))
  {:get (fn []
     (case state
       :done result
       :failed (error result)
       :new (begin (run) (answer))
       (if (identical? runner (ev/self))
         (misuse :once :would-deadlock "once: its thunk asks for its own value")
         (begin
           (when (= :run (wait-in waiters :once nil (fn [w] (when (= (handed w) :run) (pass-on)))))
             (run))
           (answer)))))})

# --- queue ------------------------------------------------------------------------------------------------------------------------------------
(defn make-queue [capacity]
  "A bounded FIFO: {:put :take :try-put :try-take :close :closed? :size}. Waiting producers keep their item as data; consumers are
   handed [item], or nil when the queue is closed.
(let [q (sync:make-queue 2) f (ev/spawn (fn [] (q:put 1) (q:put 2) (q:close)))] [(q:take) (q:take) (q:take)]) # => [1 2 nil]"
  (check-integer "make-queue" capacity 1)
  (def items (fifo))
  (def producers (line))
  (def consumers (line))
  (def @closed false)
  (defn add [v]
    "Room is there: to the first consumer, else into the queue."
    (unless (hand-next consumers [v]) (fifo-push items v)))
  (defn refill []
    "A slot is free: the longest-waiting producer's item moves in."
    (when (< (fifo-size items) capacity)
      (let [p (hand-next producers :stored)]
        (when p (fifo-push items (waiter-data p))))))
  (defn full? [] (>= (fifo-size items) capacity))
  (defn lost-put [w]
    (when (and (= (handed w) :stored) (fifo-remove items (waiter-data w)))
      (refill)))
  (defn lost-take [w]
    (when (handed w)
      (unless (hand-next consumers (handed w)) (fifo-push-front items (get (handed w) 0)))))
  (defn take-item []
    (let [v (fifo-pop items)] (refill) v))
  {:put (fn [v]
     (cond
       closed nil
       (full?) (wait-in producers :queue v lost-put)
       (add v))
     nil)
   :take (fn []
     (cond
       (not (fifo-empty? items)) (take-item)
       closed nil
       (let [got (wait-in consumers :queue nil lost-take)]
         (if got (get got 0) nil))))
   :try-put (fn [v]
     (cond
       closed :closed
       (full?) :full
       (begin (add v) :ok)))
   :try-take (fn []
     (cond
       (not (fifo-empty? items)) [:ok (take-item)]
       closed [:closed]
       [:empty]))
   :close (fn []
     (unless closed
       (assign closed true)
       (hand-all producers :dropped)
       (hand-all consumers nil))
     nil)
   :closed? (fn [] closed)
   :size (fn [] (fifo-size items))})

# --- monitor ----------------------------------------------------------------------------------------------------------------------------------
(defn make-monitor []
  "A lock with a condition: {:with :wait :notify :broadcast}.
(let [m (sync:make-monitor) f (ev/spawn (fn [] (m:with (fn [] (m:wait) :told))))] (ev/sleep 0) (m:with (fn [] (m:notify)))
  (ev/join f)) # => :told"
  (def lock (make-lock))
  (def condition (make-condvar))
  (def @owner nil)
  {:with (fn [thunk]
     (check-thunk "monitor with" thunk)
     (when (and (lock:held?) (identical? owner (ev/self)))
       (misuse :monitor :would-deadlock "monitor: this fiber is inside it already"))
     (lock:acquire)
     (assign owner (ev/self))
     (defer (begin (assign owner nil) (lock:release)) (thunk)))
   :wait (fn []
     (unless (and (lock:held?) (identical? owner (ev/self)))
       (misuse :monitor :not-held "monitor: wait outside of with"))
     (assign owner nil)
     (defer (assign owner (ev/self)) (condition:wait lock))
     nil)
   :notify condition:notify
   :broadcast condition:broadcast})

(fn []
  {:make-futex make-futex
   :make-lock make-lock
   :make-semaphore make-semaphore
   :make-condvar make-condvar
   :make-rwlock make-rwlock
   :make-barrier make-barrier
   :make-latch make-latch
   :make-once make-once
   :make-queue make-queue
   :make-monitor make-monitor})
