# ev/dump: every state and wait, chains of hand-driven fibers, nested schedulers, groups, stacks copied out.
(include-file "../_check.lisp")
(def sync ((import "std/sync")))

(defn lines-of [text] (string/split text "\n"))
# The entry that begins with `head` must have all the pieces, in this order.
(defn entry [dump head & pieces]
  (def @at (string/find dump (string "\n" head)))
  (if (nil? at)
    (println "no entry " head " in\n" dump)
    (each piece in pieces
      (let [next (string/find (slice dump at) piece)]
        (if (nil? next)
          (println "no " piece " after " head " in\n" dump)
          (assign at (+ at next)))))))

(defn nap [n] (ev/sleep n) n)
(defn label [f] (string (ev/name f)))
(defn start [name thunk] (ev/set-name (ev/spawn thunk) name))

# --- names ---------------------------------------------------------------------------------------------------------------------
(check (ev/name (ev/self)) nil)
(check (ev/name (ev/set-name (ev/self) "main")) "main")
(check (ev/name (ev/set-name (ev/self) :main)) :main)
(check (ev/name (ev/set-name (ev/self) @"text")) "text")
(check (ev/name (ev/set-name (ev/self) nil)) nil)
(check-error (ev/set-name (ev/self) 7) :type-error)
(check-error (ev/set-name 7 "x") :type-error)
(check-error (ev/name "x") :type-error)
(check-error (ev/dump :data) :value-error)

# --- one of each ---------------------------------------------------------------------------------------------------------------
(def cell @[0])
(def lock (sync:make-lock))
(def server (tcp/listen "127.0.0.1" 0))
(def sleeper (start "sleeper" (fn [] (nap 100))))
(def all
  [sleeper
   (start "joiner" (fn [] (+ 1 (ev/join sleeper))))
   (start "futex" (fn [] (ev/futex-wait [:key 1] cell 0) 1))
   (start "acceptor" (fn [] (tcp/accept server) 1))
   (start "selector" (fn [] (ev/select [sleeper sleeper]) 1))
   (start "holder" (fn [] (lock:with (fn [] (nap 99)))))
   (start "waiter" (fn [] (lock:with (fn [] 1))))
   (start "signal" (fn [] (ev/wait-signal :sigusr1) 1))
   (start "driver" (fn []
     (let [inner (fiber/new (fn [] (nap 98) (yield 1)) |:yield|)] (+ 1 (fiber/resume inner)))))
   (start "host" (fn [] (+ 1 (ev/run (fn [] (nap 97)) (fn [] 2)))))
   (start "timed" (fn [] (ev/timeout 96 (fn [] (nap 95)))))])
(def generator (fiber/new (fn [] (yield 1) (yield 2)) |:yield|))
(ev/set-name generator "numbers")
(fiber/resume generator)
(ev/sleep 0.12)
(def fresh (start "fresh" (fn [] (nap 1))))

(defn look [] (let [text (ev/dump :string)] text))
(def dump (look))
(entry dump "#1 running" "at look (dump.lisp:" "at <toplevel> (dump.lisp:")
(entry dump "#2 \"sleeper\" parked 1" " ms in ev/sleep, 99." " s left; spawned at dump.lisp:" "at nap (dump.lisp:")
(entry dump "#3 \"joiner\" parked" "in ev/join on #2 \"sleeper\"; spawned at dump.lisp:" "at <fn> (dump.lisp:")
(entry dump "#4 \"futex\" parked" "in ev/futex-wait on [:key 1];")
(entry dump "#5 \"acceptor\" parked" "in tcp/accept on #<port:tcp-listener")
(entry dump "#6 \"selector\" parked" "in ev/select on 2 fibers;")
(entry dump "#7 \"holder\" parked" "in ev/sleep" "at nap")
(entry dump "#8 \"waiter\" parked" "in std/sync on :lock;")
(entry dump "#9 \"signal\" parked" "in ev/wait-signal on :sigusr1")
(entry dump "#10 \"driver\" parked" "in ev/sleep" "at nap (dump.lisp:" "resumed by" "at <fn> (dump.lisp:")
(entry dump "#11 \"host\" parked" "in ev/run;")
(entry dump "#12 \"timed\" parked" "in ev/select on 1 fiber, 95." "left")
(entry dump "#13 parked" "in ev/sleep" "; spawned by ev/timeout\n" "at nap")
(entry dump (string "#14 \"fresh\" new; spawned at dump.lisp:") "will call <fn> (dump.lisp:")
(entry dump "scheduler 2, run by #11 \"host\" of scheduler 1\n" "#1 parked" "in ev/sleep" "at nap")
(entry dump "fiber \"numbers\" paused" "at <fn> (dump.lisp:")
(check (first (lines-of dump)) "16 fibers: 1 new, 1 running, 13 parked, 1 paused by hand")

# A fiber that runs a scheduler: the dump comes from inside.
(def @inside nil)
(check (ev/run (fn [] (assign inside (ev/dump :string)) 5)) 5)
(entry inside "#1 running scheduler 3" "at <toplevel> (dump.lisp:")
(entry inside "scheduler 3, run by #1 of scheduler 1\n" "#1 running;" "at <fn> (dump.lisp:")

# From below a hand-driven fiber: the chain that runs.
(defn from-below [] (let [f (fiber/new (fn [] (look)) |:error|)] (fiber/resume f)))
(entry (from-below) "#1 running" "at look" "resumed by" "at from-below (dump.lisp:")

# Inside a cleanup during an abort, and with the target already ready.
(def @seen nil)
(def victim (start "victim" (fn [] (defer (assign seen (ev/dump :string)) (nap 60)))))
(ev/sleep 0)
(ev/abort victim)
(entry seen "#1 ready" "at <toplevel>")
(entry seen "#15 \"victim\" running" "at <fn> (dump.lisp:")

(each f in all (ev/abort f))
(ev/abort fresh)
(port/close server)
(check (first (lines-of (ev/dump :string))) "2 fibers: 1 running, 1 paused by hand")

(fiber/cancel generator)
(check (first (lines-of (ev/dump :string))) "1 fiber: 1 running")

# --- groups, and stacks copied out ---------------------------------------------------------------------------------------------
(defn deep [n] (if (= n 0) (nap 60) (+ 1 (deep (- n 1)))))
(def crowd (map (fn [i] (ev/spawn (fn [] (deep 5)))) (range 3000)))
(def named (map (fn [i] (start (string "n" i) (fn [] (ev/futex-wait i cell 0) 1))) (range 2)))
(ev/sleep 0.01)
(def before (ev/stats)) (def copies (> before:copied-stacks 0)) # sanitized programs copy nothing
(check (>= (+ before:copied-stacks before:stacks) 3000) true)
(check (if copies (and (>= before:copied-stacks 1500) (>= before:copied-bytes (* 16 before:copied-stacks))) (= before:copied-bytes 0)) true)
(def big (ev/dump :string))
(def all? (or copies (string/find big "\n3000 "))) (entry big (if all? "3000 fibers parked" "2999 fibers parked") "in ev/sleep; spawned at dump.lisp:" (if all? "\n  #16, #17, #18, ...\n" "\n  #17, #18, #19, ...\n") "at nap" "at deep" "at deep" "at deep" "at deep" "at deep")
(entry big "#3016 \"n0\" parked" "in ev/futex-wait on 0")
(entry big "#3017 \"n1\" parked" "in ev/futex-wait on 1")
(check (< (length big) 3000) true)

# --- statistics ----------------------------------------------------------------------------------------------------------------
(def stats (ev/stats))
(check stats:live 3003)
(check stats:parked 3002)
(check stats:running 1)
(check stats:ready 0)
(check stats:timers 3000)
(check stats:waits 3002)
(check (> stats:stacks 100) true)
(each f in crowd (ev/abort f))
(each f in named (ev/abort f))
(def after (ev/stats))
(check after:live 1)
(check after:timers 0)
(check after:waits 0)
(check after:copied-stacks 0)
(check after:copied-bytes 0)
(check (- after:completed stats:completed) 3002)
(check (- after:spawned stats:spawned) 0)
(check (- after:spawned after:completed) 1)
(check (> after:switches stats:switches) true)
(ev/join (ev/spawn (fn [] nil)))
(let [last (ev/stats)]
  (check (- last:spawned after:spawned) 1)
  (check (- last:completed after:completed) 1)
  (check last:ready 0))

# A fiber that library code spawned has the place of the program that called the library, if that is on the stack.
(check (ev/scope (fn [spawn]
                   (ev/set-name (spawn (fn [] (nap 0.05))) "in-scope")
                   (ev/sleep 0)
                   (entry (ev/dump :string) "#3020 \"in-scope\" parked" "spawned at dump.lisp:145:")
                   :looked))
       :looked)
