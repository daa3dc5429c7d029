# TCP: errors, queues, cancellation, half close, many connections (chapter 11, sections 1, 2 and 6).
(include-file "../_check.lisp")

(defn port-of [p] (parse-int (last (string/split (port/path p) ":"))))
(defn pair-of-streams []
  "[listener client server]"
  (let [l (tcp/listen "127.0.0.1" 0)
        c (tcp/connect "127.0.0.1" (port-of l) :timeout 2000)]
    [l c (tcp/accept l :timeout 2000)]))
(defn close-all [ports] (each p in ports (port/close p)))
(defn reason-of [thunk] (try (begin (thunk) :none) (catch e e:reason)))
(defn error-of [thunk] (try (begin (thunk) :none) (catch e e:error)))

# --- failures -------------------------------------------------------------------------------------------------------------
(def l (tcp/listen "127.0.0.1" 0))
(def n (port-of l))
(check (reason-of (fn [] (tcp/listen "127.0.0.1" n))) :address-in-use)
(check (error-of (fn [] (tcp/accept l :timeout 10))) :timeout)
(check (error-of (fn [] (tcp/accept l :timeout 0))) :timeout)
(port/close l)
(check (reason-of (fn [] (tcp/accept l))) :closed)
(check (reason-of (fn [] (tcp/connect "127.0.0.1" n))) :connection-refused)
(def e (try (tcp/connect "127.0.0.1" n) (catch e e)))
(check [e:error e:errno e:op e:addr (integer? e:code) (string? e:message)]
       [:io-error :econnrefused "tcp/connect" (string "127.0.0.1:" n) true true])
(check (error-of (fn [] (tcp/connect "no-such-host.invalid" 80))) :dns-error)
(check-error (tcp/connect "127.0.0.1" 70000) :value-error)
(check-error (tcp/connect "127.0.0.1" "80") :type-error)
(check-error (tcp/connect 5 80) :type-error)
(check-error (tcp/listen "127.0.0.1" 0 :colour 1) :value-error)
(check-error (tcp/listen "127.0.0.1" 0 :backlog) :arity-error)

# --- streams ---------------------------------------------------------------------------------------------------------------
(def [l1 c1 s1] (pair-of-streams))
(check-error (tcp/accept c1) :type-error)
(check-error (tcp/shutdown l1 :write) :type-error)
(check-error (tcp/shutdown c1 :sideways) :value-error)
(check (type-of c1) :port)
(check (port/write c1 "") 0)
(check (port/write c1 "h\u{e9}llo\nrest") 11)
(check (port/read s1 2) "h")                    # not in the middle of a character
(check (port/read s1 1) "\u{e9}")
(check (port/read-line s1) "llo")
(check (port/read s1 0) "")
(check (port/read s1 100) "rest")
(check (error-of (fn [] (port/read s1 1 :timeout 10))) :timeout)
(check-error (port/read s1 -1) :value-error)
(check-error (port/seek s1 0) :type-error)
(port/set-options s1 :encoding :binary)
(port/write c1 "\u{e9}")
(check (length (port/read s1 1)) 1)
(check (length (port/read s1 5)) 1)
(port/set-options s1 :timeout 10)
(check (error-of (fn [] (port/read s1 1))) :timeout)
(port/set-options s1 :timeout nil :encoding :text)
(tcp/shutdown c1 :write)
(check (port/read-line s1) nil)
(check (port/read-all s1) "")
(port/write s1 "still here")
(port/close s1)
(check (port/read-all c1) "still here")
(check (port/open? s1) false)
(check (port/open? c1) true)
(close-all [l1 c1 s1])

# A partial line stays when the time is over.
(def [l2 c2 s2] (pair-of-streams))
(port/write c2 "par")
(check (error-of (fn [] (port/read-line s2 :timeout 20))) :timeout)
(port/write c2 "tial\n")
(check (port/read-line s2) "partial")

# Readers are served in order; an aborted one loses nothing.
(def first-reader (ev/spawn (fn [] (port/read s2 100))))
(def second-reader (ev/spawn (fn [] (port/read s2 100))))
(ev/sleep 0)
(ev/abort first-reader)
(port/write c2 "for the second")
(check (ev/join second-reader) "for the second")

# A fiber that is aborted after its data came, before it ran.
(def early (ev/spawn (fn [] (port/read s2 100))))
(ev/sleep 0)
(port/write c2 "kept")
(ev/sleep 0)
(ev/abort early)
(when (fiber/error? early)
  (check (port/read s2 100) "kept"))

# Closing wakes readers and acceptors.
(def reader (ev/spawn (fn [] (reason-of (fn [] (port/read s2 1))))))
(def acceptor (ev/spawn (fn [] (reason-of (fn [] (tcp/accept l2))))))
(ev/sleep 0)
(close-all [s2 l2])
(check (ev/join [reader acceptor]) [:closed :closed])
(check (reason-of (fn [] (begin (port/write c2 "a") (ev/sleep 0.02) (port/write c2 "b") (ev/sleep 0.02) (port/write c2 "c"))))
       :broken-pipe)
(port/close c2)

# --- large writes do not mix ---------------------------------------------------------------------------------------------------
(def [l3 c3 s3] (pair-of-streams))
(def big 3000000)
(def writers (map (fn [ch] (ev/spawn (fn [] (port/write c3 (string/repeat ch big))))) ["a" "b"]))
(def done (ev/spawn (fn [] (ev/join writers) (tcp/shutdown c3 :write))))
(def all (port/read-all s3))
(check (string/size-of all) (* 2 big))
(check (= all (string (string/repeat "a" big) (string/repeat "b" big))) true)
(ev/join done)
# A write that times out: the port stays usable.
(check (error-of (fn [] (port/write s3 (string/repeat "z" 30000000) :timeout 20))) :timeout)
(check (port/open? s3) true)
(close-all [l3 c3 s3])

# --- many connections ------------------------------------------------------------------------------------------------------------
(def hub (tcp/listen "127.0.0.1" 0))
(def many 200)
(def server (ev/spawn (fn []
  (ev/scope (fn [spawn]
    (def @i 0)
    (while (< i many)
      (let [c (tcp/accept hub)]
        (spawn (fn [] (port/write c (string (port/read-line c) "!\n")) (port/close c))))
      (assign i (+ i 1))))))))
(def answers (ev/map (fn [i]
  (let [c (tcp/connect "127.0.0.1" (port-of hub))]
    (port/write c (string i "\n"))
    (let [line (port/read-line c)] (port/close c) line)))
  (range many)))
(check (= answers (->array (map (fn [i] (string i "!")) (range many)))) true)
(ev/join server)
(port/close hub)
