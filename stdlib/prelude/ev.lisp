# Structured concurrency (09 sections 5.6 to 5.10) on the primitives that sched/README.md lists.
#
# Ownership: the functions here own the fibers they supervise. However their caller leaves the wait (normally, by a failure, by
# being aborted), a defer ends what is left; it is cleanup, so a second abort does not interrupt it.

(defn %%fibers [fn-name fibers]
  "The members of a collection of fibers as an array."
  (let [all (->array (%%no-struct fn-name fibers 0))]
    (each f in all (unless (fiber? f) (%%raise-type fn-name "a sequence of fibers" f 0)))
    all))

(defn ev/as-completed [fibers]
  "[next pool]: (next) waits for the next member of the @array pool to end and returns it, nil when the pool is empty.
(let [[next pool] (ev/as-completed [(ev/spawn (fn [] (ev/sleep 0.01) 1)) (ev/spawn (fn [] 2))])] [(ev/join (next)) (ev/join
  (next)) (next)]) # => [2 1 nil]"
  (let [pool @[;(%%fibers "ev/as-completed" fibers)]]
    (let [members (%%ev-pool pool true)]
      [(fn [] (%%ev-pool-next members)) pool])))

(defn ev/race [fibers]
  "The value or error of the first fiber that ends; the others are aborted.
(ev/race [(ev/spawn (fn [] (ev/sleep 60))) (ev/spawn (fn [] :fast))]) # => :fast"
  (let [all (%%fibers "ev/race" fibers)]
    (when (empty? all)
      (error {:error :value-error :reason :empty :message "ev/race: there is no fiber"}))
    (%%ev-observe all)
    (def @winner nil)
    (defer (%%ev-abort-all all)
      (assign winner (%%ev-wait-any all)))
    (%%ev-reraise winner)))

(defn ev/timeout [seconds thunk]
  "The value of thunk, run in a fiber of its own; nil if it has not ended after so many seconds: it is aborted then.
(ev/timeout 0.01 (fn [] (ev/sleep 60))) # => nil"
  (%%ev-check-seconds "ev/timeout" seconds)
  (%%ev-check-thunk "ev/timeout" thunk)
  (let [work (%%ev-owned-spawn thunk)]
    (def @in-time false)
    (defer (%%ev-abort-all [work])
      (%%ev-wait-any [work] seconds)
      (assign in-time (fiber/done? work)))
    (if in-time (%%ev-reraise work) nil)))

# --- supervision --------------------------------------------------------------------------------------------------------------
(defn %%end-all [pool close]
  "Aborts the members of the pool and waits for them."
  (close)
  (let [rest (%%ev-any-order pool)]
    (%%ev-abort-all rest)
    (%%ev-wait-all rest)))

(defn %%supervise [pool members close]
  "Waits until the pool is empty; members watches it. At the first failure, or when the caller is aborted, close is called, the rest is ended, and
   the failure is raised."
  (def @failure nil)
  (defer (%%end-all pool close)
    (while (and (nil? failure) (nonempty? pool))
      (let [f (%%ev-pool-next members)]
        (when (fiber/error? f) (assign failure f)))))
  (when failure (%%ev-reraise failure)))

(defn ev/scope [body]
  "A nursery: (body spawn) runs in a fiber of its own, (spawn thunk) starts children. Returns the body's value when all have
   ended; the first failure ends all others and is raised.
(ev/scope (fn [spawn] (let [a (spawn (fn [] 1)) b (spawn (fn [] 2))] (+ (ev/join a) (ev/join b))))) # => 3"
  (def @open true)
  (let [pool @[]
        members (%%ev-pool pool false)
        spawn (fn [thunk]
                (unless open
                  (error {:error :state-error :reason :scope-closed :message "ev/scope: the scope is closed"}))
                (%%ev-pool-add members (%%ev-owned-spawn (%%ev-check-thunk "ev/scope" thunk))))
        main (spawn (fn [] (body spawn)))]
    (%%supervise pool members (fn [] (assign open false)))
    (fiber/value main)))

(defn %%map-item [f item left]
  "The body of a fiber of ev/map: (left fiber failed?) is called when it is over, also by fiber/cancel."
  (let [me (ev/self)]
    (%%set-cancel-hooks (list (fn [] (left me true))))
    (try
      (let [value (f item)]
        (left me false)
        value)
      (catch e
        (left me true)
        (error e)))))

# The fibers are known to nobody before they run, so they can count themselves: no pool has to be searched.
(defn %%map-fibers [f items limit]
  "ev/map with at most limit calls at a time."
  (def @next 0)
  (def @running 0)
  (def @failure nil)
  (def @open true)
  (def @wake nil) # the caller's wait
  (let [fibers @[] n (length items)]
    (defn left [me failed?]
      (assign running (- running 1))
      (when (and failed? (nil? failure)) (assign failure me))
      (unless failure (start))
      (when (and wake (or failure (= running 0))) (%%wait-end wake)))
    (defn start []
      (when (and open (< next n))
        (let [item (%%seq-ref items next)]
          (assign next (+ next 1))
          (assign running (+ running 1))
          (push fibers (%%ev-owned-spawn (fn [] (%%map-item f item left)))))))
    (defer (begin (assign open false) (%%ev-abort-all (%%ev-any-order fibers)) (%%ev-wait-all fibers))
      (repeat (min limit n) (start))
      (when (> running 0)
        (assign wake (%%wait-begin :map))
        (%%wait-park wake)))
    (when failure (%%ev-reraise failure))
    (freeze (map fiber/value fibers))))

(defn ev/map [f items]
  "The array of (f item) for each item, all computed at the same time in fibers of their own.
(ev/map inc [1 2 3]) # => [2 3 4]"
  (let [all (->array (%%collection "ev/map" items 1))]
    (%%map-fibers f all (length all))))

(defn ev/map-limited [f items n]
  "Like ev/map, with at most n items at a time.
(ev/map-limited inc [1 2 3] 2) # => [2 3 4]"
  (cond
    (not (integer? n)) (%%raise-type "ev/map-limited" "integer" n 2)
    (< n 1) (error {:error :value-error :message "ev/map-limited: the limit is not positive"})
    (%%map-fibers f (->array (%%collection "ev/map-limited" items 1)) n)))
