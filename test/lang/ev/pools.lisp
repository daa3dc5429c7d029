# Pools of ev/as-completed that the program changes while `next` waits, and large ones (09 sections 5.6, 5.9).
(include-file "../_check.lisp")
(defn sleeper [seconds value] (ev/spawn (fn [] (ev/sleep seconds) value)))
(defn ended [value] (let [f (ev/spawn (fn [] value))] (ev/join f) f))

# a member that has ended already is noticed, though nothing else ends
(let [[next pool] (ev/as-completed [(sleeper 60 :late)])
      got (ev/spawn (fn [] (ev/join (next))))
      pushed (ended :pushed)]
  (ev/sleep 0)
  (push pool pushed)
  (check (ev/timeout 5 (fn [] (ev/join got))) :pushed)
  (check (length pool) 1)
  (ev/abort (first pool)))

# exchanged in place
(let [a (sleeper 60 :a) b (sleeper 60 :b) [next pool] (ev/as-completed [a b])
      got (ev/spawn (fn [] (ev/join (next))))]
  (ev/sleep 0)
  (put pool 0 (sleeper 0.01 :new))
  (check (ev/join got) :new)
  (check pool @[b])
  (ev/abort a)
  (ev/abort b))

# taken out: not waited for any more
(let [a (sleeper 0.01 :a) b (sleeper 0.02 :b) c (sleeper 60 :c) [next pool] (ev/as-completed [a b c])
      got (ev/spawn (fn [] (ev/join (next))))]
  (ev/sleep 0)
  (remove pool 0)
  (check (ev/join got) :b)
  (check pool @[c])
  (popn pool 1)
  (check (next) nil)
  (ev/abort c))

# taken out and replaced by more
(let [a (sleeper 60 :a) b (sleeper 60 :b) [next pool] (ev/as-completed [a b])
      got (ev/spawn (fn [] (ev/join (next))))]
  (ev/sleep 0)
  (remove pool 0)
  (push pool (sleeper 0.01 :c))
  (push pool (sleeper 0.02 :d))
  (check (ev/join got) :c)
  (check (ev/join (next)) :d)
  (check pool @[b])
  (each f [a b] (ev/abort f)))

# emptied while somebody waits: nil; also for the second of two for one member
(let [[next pool] (ev/as-completed [(sleeper 0.01 :only)])
      calls (map (fn [_] (ev/spawn next)) [1 2])]
  (ev/sleep 0)
  (let [[f none] (ev/join calls)]
    (check (ev/join f) :only)
    (check none nil)))

# twice the same, members that are no fibers, a fiber that is resumed by hand
(let [f (ended :twice) [next pool] (ev/as-completed [f f])]
  (push pool :nobody)
  (check [(ev/join (next)) (ev/join (next))] [:twice :twice])
  (check pool @[:nobody]))
(let [hand (fiber/new (fn [] (yield 1) 2) :yield) [next pool] (ev/as-completed [(sleeper 60 :late) hand])
      got (ev/spawn next)]
  (fiber/resume hand)
  (ev/sleep 0)
  (fiber/resume hand)
  (check (identical? (ev/timeout 5 (fn [] (ev/join got))) hand) true)
  (ev/abort (first pool)))

# aborted calls leave nothing behind
(let [[next pool] (ev/as-completed [(sleeper 0.01 :x)])
      calls (map (fn [_] (ev/spawn next)) (range 3))]
  (ev/sleep 0)
  (ev/abort (first calls))
  (ev/abort (get calls 2))
  (check (ev/join (ev/join (get calls 1))) :x)
  (check (next) nil))

# large ones: every member once, in the order of completion
(let [n 3000
      fibers (map (fn [i] (ev/spawn (fn [] (repeat (mod (* i 7919) 5) (ev/sleep 0)) (mod (* i 7919) 5)))) (range n))
      [next pool] (ev/as-completed fibers)
      rounds (map (fn [_] (ev/join (next))) (range n))]
  (check (= rounds (sort rounds)) true)
  (check (next) nil)
  (check (length pool) 0))
(let [n 2000 gone @[0]
      [ok? e] (protect (ev/scope (fn [spawn]
                (repeat n (spawn (fn [] (ev/sleep 0))))
                (repeat n (spawn (fn [] (defer (put gone 0 (+ 1 (get gone 0))) (ev/sleep 60)))))
                (ev/sleep 0.01)
                (error :stop))))]
  (check [ok? e] [false :stop])
  (check gone @[n]))
# the rest of a scope is ended in spawn order
(let [trail @[]]
  (protect (ev/scope (fn [spawn]
    (each i (range 600) (spawn (fn [] (if (= 0 (mod i 3)) nil (defer (push trail i) (ev/sleep 60))))))
    (ev/sleep 0)
    (ev/sleep 0)
    (error :stop))))
  (check (length trail) 400)
  (check (= trail (sort trail)) true))
