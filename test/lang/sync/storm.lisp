# 10 section 12: many waiters, half of them aborted at random moments (waiting, or handed something but not yet run): every
# survivor gets through, and the object ends in its initial state.
(include-file "../_check.lisp")
(def sync ((import "std/sync")))
(random/seed 7)
(def n 1000)

(defn storm [use release-one]
  "Starts n fibers that wait in `use`, calls release-one once per survivor and aborts the others meanwhile. How many survivors
   got through."
  (let [fibers (map (fn [_] (ev/spawn use)) (range n))
        shuffled (random/shuffle fibers)
        half (/ n 2)
        doomed (thaw (take half shuffled))
        survivors (drop half shuffled)]
    (ev/sleep 0)
    (each _ in survivors
      (release-one)
      (while (and (nonempty? doomed) (< (random/float) 0.6)) (ev/abort (pop doomed)))
      (when (< (random/float) 0.2) (ev/sleep 0)))
    (while (nonempty? doomed) (ev/abort (pop doomed)))
    (ev/join-protected shuffled)
    (count (fn [f] (fiber/dead? f)) survivors)))

# Whoever gets a permit gives it back, so the permits released stay.
(let [s (sync:make-semaphore 0)]
  (check (storm (fn [] (s:acquire) (s:release)) s:release) 500)
  (check (s:permits) 500))

(let [m (sync:make-lock)]
  (m:acquire)
  (def @held true)
  (check (storm (fn [] (m:with (fn [] nil))) (fn [] (when held (assign held false) (m:release)))) 500)
  (check (m:held?) false))

(let [rw (sync:make-rwlock)]
  (rw:write-acquire)
  (def @held true)
  (def @turn 0)
  (check (storm (fn []
                  (assign turn (+ turn 1))
                  (if (even? turn) (rw:with-read (fn [] nil)) (rw:with-write (fn [] nil))))
                (fn [] (when held (assign held false) (rw:write-release))))
         500)
  (check (rw:with-write (fn [] :free)) :free))

(let [q (sync:make-queue n)]
  (check (storm (fn [] (q:put (q:take))) (fn [] (q:put :item))) 500)
  (check (q:size) 500))

(let [full (sync:make-queue 1)]
  (full:put 0)
  (def @held true)
  (check (storm (fn [] (full:put 1) (full:take)) (fn [] (when held (assign held false) (full:take)))) 500)
  (check (full:size) 0))

(let [m (sync:make-lock) cv (sync:make-condvar)]
  # a notice that reaches a doomed fiber goes on to the next one; who is through sends the next
  (check (storm (fn [] (m:acquire) (defer (m:release) (cv:wait m)) (cv:notify)) cv:notify) 500)
  (check (m:held?) false))
