# A token goes round 503 fibers, 5 * 10^6 hops; nanoseconds per hop. Argument: what a hop is.
#   futex   each fiber waits on its cell and wakes the next one      resume  a loop hands the token from coroutine to coroutine
#   queue   each fiber takes from its std/sync queue
(include-file "_clock.lisp")
(def size 503)
(def hops 5000000)

# The last holder gives its number (from 1) to `done`.
(defn by-futex []
  (def cells @[])
  (repeat size (push cells @[nil]))
  (def @last 0)
  (defn member [i]
    (let [own (get cells i) next-key (mod (+ i 1) size) next (get cells next-key)]
      (def @token 0)
      (while (>= token 0)
        (ev/futex-wait i own nil)
        (assign token (get own 0))
        (put own 0 nil)
        (when (= token 0) (assign last (+ i 1)))
        (put next 0 (- token 1))
        (ev/futex-wake next-key 1))))
  (def fibers (map (fn [i] (ev/spawn (fn [] (member i)))) (range size)))
  (put (get cells 0) 0 hops)
  (ev/join fibers)
  last)

(defn by-queue []
  (let [sync ((import "std/sync"))
        queues (map (fn [_] (sync:make-queue 1)) (range size))]
    (def @last 0)
    (defn member [i]
      (let [take (get (get queues i) :take) give (get (get queues (mod (+ i 1) size)) :put)]
        (def @token 0)
        (while (>= token 0)
          (assign token (take))
          (when (= token 0) (assign last (+ i 1)))
          (give (- token 1)))))
    (def fibers (map (fn [i] (ev/spawn (fn [] (member i)))) (range size)))
    ((get (get queues 0) :put) hops)
    (ev/join fibers)
    last))

(defn by-resume []
  (defn member [token] (def @held token) (forever (assign held (yield (- held 1)))))
  (def members (map (fn [_] (fiber/new (fn [] (member (yield))) :yield)) (range size)))
  (each m members (fiber/resume m))
  (def @token hops)
  (def @i 0)
  (while (> token 0)
    (assign token (fiber/resume (get members i) token))
    (assign i (if (= i (- size 1)) 0 (+ i 1))))
  (+ i 1))

(def ring (get {"futex" by-futex "queue" by-queue "resume" by-resume} (get (sys/args) 0)))
(def start (now))
(def last (ring))
(def seconds (- (now) start))
(assert (= last (+ 1 (mod hops size))) "who held the token at the end")
(println "bench: " (/ (* 1e9 seconds) hops))
