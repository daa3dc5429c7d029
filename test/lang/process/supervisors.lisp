# Supervisors and supervised programs of std/process (13 sections 11, 13).
(include-file "../_check.lisp")
(def process ((import "std/process")))
(defn in-sys [thunk]
  (def @out nil)
  (process:start (fn [] (assign out (thunk))) :logger (fn [_] nil))
  out)
(defn problem [thunk] (let [[ok? e] (protect (thunk))] (if ok? :no-error e)))
(defn child [me id] # a worker that crashes, leaves or returns when told
  {:id id :start (fn []
    (process:send me [:up id])
    (defer (process:send me [:down id])
      (match (process:recv) :crash (error id) :leave (process:exit (process:self) :shutdown) x x)))})
(defn next-event [] (process:recv-timeout 50))
(defn drain [] (let [out @[]] (def @m (next-event)) (while (not= m :timeout) (push out m) (assign m (next-event))) (freeze out)))
(defn pid-of [sup id] (get (find (fn [c] (= (get c :id) id)) (process:supervisor-which-children sup)) :pid))
(defn pids [sup] (->array (map (fn [c] (get c :pid)) (process:supervisor-which-children sup))))
(defn ids [sup] (->array (map (fn [c] (get c :id)) (process:supervisor-which-children sup))))

# --- strategies ---
(defn crash-b [strategy]
  (in-sys (fn []
    (let [me (process:self)]
      (process:supervisor-start-link [(child me :a) (child me :b) (child me :c)] :name :sup :strategy strategy)
      (drain)
      (let [before (pids :sup)]
        (process:send (pid-of :sup :b) :crash)
        (let [events (drain) after (pids :sup)]
          [events (ids :sup) (->array (map (fn [i] (= (get before i) (get after i))) (range 3)))]))))))
(check (crash-b :one-for-one) [[[:down :b] [:up :b]] [:a :b :c] [true false true]])
(check (crash-b :one-for-all) [[[:down :b] [:down :c] [:down :a] [:up :a] [:up :b] [:up :c]] [:a :b :c] [false false false]])
(check (crash-b :rest-for-one) [[[:down :b] [:down :c] [:up :b] [:up :c]] [:a :b :c] [true false false]])

# --- policies ---
(defn after [policy message]
  (in-sys (fn []
    (let [me (process:self)]
      (process:supervisor-start-link [(merge (child me :k) {:restart policy})] :name :sup)
      (drain)
      (process:send (pid-of :sup :k) message)
      (length (drain))))))
(check [(after :permanent :crash) (after :permanent :leave) (after :permanent :end)] [2 2 2])
(check [(after :transient :crash) (after :transient :leave) (after :transient :end)] [2 1 1])
(check [(after :temporary :crash) (after :temporary :leave) (after :temporary :end)] [1 1 1])

# --- intensity ---
(check (in-sys (fn []
  (process:trap-exit true)
  (let [events @[] me (process:self)
        sup (process:supervisor-start-link
              [(child me :steady) {:id :bad :start (fn [] (process:recv-timeout 1) (error :bad))}]
              :max-restarts 2 :max-ticks 1000 :logger (fn [e] (push events [(get e :event) (get e :id) (get e :attempt)])))
        end (process:recv-match (fn [m] (= (get m 0) :EXIT)))]
    [end (freeze events)])))
  [[:EXIT 1 :shutdown]
   [[:child-started :steady nil] [:child-started :bad nil]
    [:child-exited :bad nil] [:child-restarting :bad 1] [:child-started :bad nil]
    [:child-exited :bad nil] [:child-restarting :bad 2] [:child-started :bad nil]
    [:child-exited :bad nil] [:max-restarts-reached :bad nil]
    [:child-exited :steady nil]]])
(check (in-sys (fn [] # outside the window charges are forgotten
  (def @n 0)
  (process:supervisor-start-link
    [{:id :slow :start (fn [] (assign n (+ n 1)) (when (< n 8) (process:recv-timeout 20) (error :again)) (process:recv))}]
    :max-restarts 1 :max-ticks 5)
  (process:recv-timeout 1000)
  n)) 8)
(check (in-sys (fn [] # a crash storm without limit; others go on
  (def @n 0)
  (process:supervisor-start-link [{:id :storm :start (fn [] (assign n (+ n 1)) (if (< n 1000) (error :again) (process:recv)))}])
  (let [me (process:self)] (process:spawn (fn [] (process:send me :others-run))))
  (let [first (process:recv)]
    (while (< n 1000) (process:recv-timeout 10))
    [first n]))) [:others-run 1000])
(check (in-sys (fn [] # a nested supervisor over its limit is restarted by its parent
  (def @n 0)
  (let [events @[]
        inner (fn [] (process:supervisor-start-link
                [{:id :bad :start (fn [] (assign n (+ n 1)) (if (< n 5) (error :bad) (process:recv)))}] :max-restarts 1 :max-ticks 100))]
    (process:supervisor-start-link [{:id :inner :start-link inner :type :supervisor}] :name :outer
      :logger (fn [e] (push events (get e :event))))
    (process:recv-timeout 50)
    [n (count (fn [e] (= e :child-restarting)) (freeze events))]))) [5 2])

# --- start, stop, dynamic children ---
(check (in-sys (fn []
  (let [me (process:self) log @[]
        step (fn [id notify?] {:id id :ready notify? :start (fn []
               (process:recv-timeout 5) (push log id) (when notify? (process:supervisor-notify-ready)) (process:recv))})]
    (process:supervisor-start-link [(step :first true) (step :second true) {:id :dies :ready true :restart :temporary :start (fn [] nil)}])
    (freeze log)))) [:first :second])
(check (in-sys (fn []
  (let [me (process:self) bad (fn [specs] (get (problem (fn [] (process:supervisor-start-link specs))) :reason))]
    [(bad [(child me :x) (child me :x)]) (bad [{:id 1}]) (drain)
     (let [e (problem (fn [] (process:supervisor-start-link [(child me :ok) {:id :no :start-link (fn [] (error :boom))}])))]
       [(get e :error) (get e :id) (get e :reason)])
     (drain)])))
  [:duplicate-id :no-start [] [:supervisor-start-failed :no [:error :boom]] [[:up :ok] [:down :ok]]])
(check (in-sys (fn []
  (let [me (process:self) sup (process:supervisor-start-link [(child me :a)] :strategy :one-for-all)
        b (process:supervisor-start-child sup (child me :b))]
    [(integer? b)
     (get (problem (fn [] (process:supervisor-start-child sup (child me :b)))) :error)
     (get (problem (fn [] (process:supervisor-start-child sup {:id 1}))) :error)
     (begin (process:send b :crash) (drain) (ids sup))
     (process:supervisor-stop-child sup :a) (process:supervisor-stop-child sup :a) (ids sup)
     (begin (drain) (process:supervisor-stop sup)) (drain)])))
  [true :duplicate-child :bad-child-spec [:a :b] :ok :not-found [:b] :ok [[:down :b]]])
(check (in-sys (fn [] # a child that ignores :shutdown
  (let [sup (process:supervisor-start-link
              [{:id :deaf :shutdown-s 0.01 :start (fn [] (process:trap-exit true) (forever (process:recv)))}
               {:id :now :shutdown-s :brutal-kill :start (fn [] (process:trap-exit true) (forever (process:recv)))}])
        t (clock/monotonic)]
    [(process:supervisor-stop sup) (< 0.009 (- (clock/monotonic) t) 1)]))) [:ok true])
(check (in-sys (fn [] # a logger that raises changes nothing; a name is free for the next instance
  (process:supervisor-start-link [{:id :n :start (fn [] (process:register :named) (match (process:recv) :crash (error :x) _ nil))}]
    :logger (fn [_] (error :logger)))
  (let [p (process:whereis :named)]
    (process:send p :crash)
    (process:recv-timeout 5)
    (let [q (process:whereis :named)] [(integer? q) (= p q)])))) [true false])

# --- programs ---
(check (in-sys (fn []
  (let [events @[] log (fn [e] (push events [(get e :event) (get e :reason)]))
        job (fn [id code] (process:make-subprocess-child id "/bin/sh" ["-c" (string "exit " code)] :restart :temporary))]
    (process:supervisor-start-link [(job :good 0) (job :bad 3)] :logger log :name :jobs)
    (while (nonempty? (process:supervisor-which-children :jobs)) (ev/sleep 0.005))
    (sort (map (fn [e] (match e [:child-exited [:error x]] (get x :code) [:child-exited _] 0 _ -1)) (freeze events))))))
  [-1 -1 0 3])
(let [t (clock/monotonic)]
  (check (in-sys (fn [] # the program does not outlive its child
    (let [sup (process:supervisor-start-link [(process:make-subprocess-child :sleep "/bin/sleep" ["60"])])]
      (ev/sleep 0.02)
      (process:supervisor-stop sup)))) :ok)
  (check (< (- (clock/monotonic) t) 3) true))
