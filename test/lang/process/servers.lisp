# Servers, actors, tasks, event managers of std/process (13 sections 8, 9, 10, 12).
(include-file "../_check.lisp")
(def process ((import "std/process")))
(defn in-sys [thunk]
  (def @out nil)
  (process:start (fn [] (assign out (thunk))) :logger (fn [_] nil))
  out)
(defn problem [thunk] (let [[ok? e] (protect (thunk))] (if ok? :no-error (if (struct? e) e {:error e}))))
(defn kind-of [thunk] (let [e (problem thunk)] (if (struct? e) (get e :error) e)))
(def call process:gen-server-call)
(def counter
  {:init (fn [n] n)
   :handle-call (fn [req _ n]
                  (match req
                    :get [:reply n n]
                    :inc [:reply (+ n 1) (+ n 1)]
                    [:stop r] [:stop r :stopping n]
                    [:drop r] [:stop r n]
                    :bad :nonsense
                    _ (error [:cannot req])))
   :handle-cast (fn [req n] (if (= req :inc) [:noreply (+ n 1)] [:reply 1 n]))
   :terminate (fn [reason n] (process:send-named :watcher [:terminated reason n]))})
(defn start [] (process:register :watcher) (process:gen-server-start-link counter 0 :name :c))
(defn recv-terminated [] (process:recv-match (fn [m] (and (array? m) (= (get m 0) :terminated)))))

(check (in-sys (fn [] (start) (process:gen-server-cast :c :inc) [(call :c :inc) (call :c :get)])) [2 2])
(check (in-sys (fn [] (start) [(kind-of (fn [] (process:gen-server-start-link counter 0 :name :c))) (call :c :get)])) [:already-started 0])
(check (in-sys (fn []
  [(problem (fn [] (process:gen-server-start-link {:init (fn [_] [:stop :no])} nil :name :n)))
   (get (problem (fn [] (process:gen-server-start-link {:init (fn [_] (error :oh))} nil :name :n))) :reason)
   (process:whereis :n) (process:recv-timeout 2)]))
  [{:error :init-failed :reason :no :message "gen-server-start-link: the server could not start"} [:error :oh] nil :timeout])
# stopping
(check (in-sys (fn []
  (process:trap-exit true)
  (let [c (start) r (call :c [:stop :enough])]
    [r (recv-terminated) (process:recv) (process:whereis :c)]))) [:stopping [:terminated :enough 0] [:EXIT 1 :enough] nil])
(check (in-sys (fn []
  (process:trap-exit true)
  (start)
  (let [e (problem (fn [] (call :c [:drop :quiet])))] [(get e :error) (get e :reason) (get e :server)]))) [:gen-server-down :quiet 1])
(check (in-sys (fn []
  (start)
  (call :c :inc)
  [(process:gen-server-stop :c) (recv-terminated) (process:whereis :c) (kind-of (fn [] (call :c :get)))]))
  [:ok [:terminated :normal 1] nil :noproc])
# crashes: the last good state, the true reason, no timeout needed
(check (in-sys (fn []
  (process:trap-exit true)
  (start)
  (let [e (problem (fn [] (call :c :what)))] [(get e :reason) (recv-terminated) (get (process:recv) 2)])))
  [[:error [:cannot :what]] [:terminated [:error [:cannot :what]] 0] [:error [:cannot :what]]])
(check (in-sys (fn []
  (process:trap-exit true)
  (start)
  (let [e (get (get (problem (fn [] (call :c :bad))) :reason) 1)] [(get e :error) (get e :reason) (get e :callback) (get e :value)])))
  [:gen-server-error :bad-return :handle-call :nonsense])
(check (in-sys (fn []
  (process:trap-exit true)
  (process:gen-server-start-link {:init (fn [_] nil)} nil :name :bare)
  (get (get (get (problem (fn [] (call :bare 1))) :reason) 1) :reason))) :no-handler)
# calls
(check (in-sys (fn []
  (let [slow {:handle-call (fn [req from s]
                (case req :self [:reply (kind-of (fn [] (call (process:self) 1))) s]
                          :late [:noreply from]
                          :flush (begin (process:gen-server-reply s :too-late) [:reply :ok nil])
                          (begin (ev/sleep 0.001) [:reply (* req req) s])))}]
    (process:gen-server-start-link slow nil :name :s)
    [(call :s :self)
     (kind-of (fn [] (call :s :late :timeout 2)))
     (call :s :flush)
     (kind-of (fn [] (call :s :late :timeout-s 0.002)))
     (call :s :flush)
     (process:recv-timeout 2)
     (ev/map (fn [n] (call :s n)) [1 2 3 4 5 6 7 8 9 10])
     (kind-of (fn [] (call :nobody 1)))
     (kind-of (fn [] (call 99 1)))
     (process:gen-server-cast 99 1)
     (kind-of (fn [] (process:gen-server-cast :nobody 1)))])))
  [:calling-self :gen-server-timeout :ok :gen-server-timeout :ok :timeout [1 4 9 16 25 36 49 64 81 100] :noproc :noproc :ok :noproc])
# options: timeout once, continue first
(check (in-sys (fn []
  (let [me (process:self)]
    (process:gen-server-start-link
      {:init (fn [_] [:ok @[] {:continue :first}])
       :handle-continue (fn [x s] (push s x) [:noreply s {:timeout 3}])
       :handle-info (fn [m s] (push s m) (process:send me (freeze s)) [:noreply s])} nil)
    [(process:recv) (process:recv-timeout 20)]))) [[:first :timeout] :timeout])
# the parent's end
(check (in-sys (fn []
  (process:register :watcher)
  (process:spawn (fn []
    (process:gen-server-start-link (merge counter {:init (fn [n] (process:trap-exit true) n)}) 5)
    (process:gen-server-start-link counter 6)
    :parent-done))
  [(recv-terminated) (process:recv-timeout 5)])) [[:terminated [:normal :parent-done] 5] :timeout])
# gen-server-enter
(check (in-sys (fn []
  (let [p (process:spawn-link (fn [] (process:gen-server-enter counter 10 :name :entered)))]
    [(call p :inc) (call :entered :inc)]))) [11 12])

# --- actor ---
(check (in-sys (fn []
  (process:actor-start-link (fn [] 0) :name :a)
  (let [workers (map (fn [_] (process:task-async (fn [] (repeat 10 (process:actor-update :a inc))))) (range 10))]
    (each w in workers (process:task-await w))
    (process:actor-cast :a (fn [n] (* n 2)))
    [(process:actor-get :a identity) (process:gen-server-stop :a)]))) [200 :ok])
(check (in-sys (fn []
  (process:trap-exit true)
  (process:actor-start-link (fn [] 0) :name :a)
  (get (problem (fn [] (process:actor-get :a (fn [_] (error :f))))) :reason))) [:error :f])

# --- task ---
(check (in-sys (fn []
  (let [good (process:task-async (fn [] (process:recv-timeout 5) :v)) bad (process:task-async (fn [] (error :x)))
        e (problem (fn [] (process:task-await bad)))]
    [(kind-of (fn [] (process:task-await good :timeout 1)))
     (process:task-await good)
     (get (problem (fn [] (process:task-await good))) :reason)
     [(get e :error) (get e :reason)]
     (let [t (process:task-async (fn [] 1)) me (process:self)]
       (process:spawn (fn [] (process:send me (get (problem (fn [] (process:task-await t))) :reason))))
       (process:recv))
     (process:recv-timeout 3)])))
  [:task-timeout :v :already-awaited [:task-error [:error :x]] :not-owner :timeout])
(check (in-sys (fn []
  (let [me (process:self)]
    (process:spawn (fn [] (process:task-async (fn [] (process:trap-exit true) (defer (process:send me :task-gone) (process:recv)))) :owner-done))
    (process:recv)))) :task-gone)

# --- event manager ---
(check (in-sys (fn []
  (let [log @[]
        tap {:init (fn [t] t) :handle-event (fn [e t] (push log [t e]) (if (= e :leave) [:remove :last] [:ok t]))
             :terminate (fn [r s] (push log [:end r s]))}
        m (process:event-manager-start-link :name :bus)
        r1 (process:event-manager-add-handler m tap :one)
        r2 (process:event-manager-add-handler m tap :two)]
    (process:event-manager-notify m 1)
    (process:event-manager-sync-notify m 2)
    (let [results [(process:event-manager-remove-handler m r1) (process:event-manager-remove-handler m r1)
                   (kind-of (fn [] (process:event-manager-add-handler m {:init (fn [_] (error :no)) :handle-event nil} 0)))
                   (kind-of (fn [] (process:event-manager-start-link :name :bus)))]]
      (process:event-manager-sync-notify m :leave)
      (process:event-manager-add-handler m tap :three)
      (process:gen-server-stop m)
      [results (freeze log)]))))
  [[:ok :not-found :handler-init-failed :already-started]
   [[:one 1] [:two 1] [:one 2] [:two 2] [:end :remove :one] [:two :leave] [:end :remove :last] [:end :stop :three]]])
