# A chat server: everybody hears what anybody says.
#   evjit chat.lisp               a conversation between three clients of its own, then it ends
#   evjit chat.lisp serve [PORT]  serves for real: talk to it with `nc 127.0.0.1 7777`
(def sync ((import "std/sync")))

# --- the server: one reader and one writer fiber per member ------------------------------------------------------------
(def members @{})                   # name -> queue of lines to send

(defn say [line]
  (each [_ outbox] in members
    # A member that reads too slowly loses lines instead of holding up the others.
    (outbox:try-put line)))

(defn attend [conn]
  (with c conn port/close
    (let [name (port/read-line c) outbox (sync:make-queue 100)]
      (when name
        (put members name outbox)
        (say (string "* " name " is here"))
        (ev/spawn (fn []
          (protect
            (def @line (outbox:take))
            (while line
              (port/write c (string line "\n"))
              (assign line (outbox:take))))))
        (defer (begin (del members name) (outbox:close) (say (string "* " name " has left")))
          (each line in (port/lines c)
            (say (string name ": " line))))))))

(defn serve [listener]
  (forever
    (let [conn (tcp/accept listener)]
      (ev/spawn (fn [] (protect (attend conn)))))))

# --- a client that says its lines and returns what it heard ---------------------------------------------------------------
(defn visit [port-number name lines expected]
  (with c (tcp/connect "127.0.0.1" port-number :timeout 2000) port/close
    (port/write c (string name "\n"))
    (let [heard @[]]
      (push heard (port/read-line c))             # the server knows us
      (each line in lines (port/write c (string line "\n")))
      (while (< (length heard) expected) (push heard (port/read-line c)))
      (freeze heard))))

(defn demo []
  (let [listener (tcp/listen "127.0.0.1" 0)
        port-number (parse-int (last (string/split (port/path listener) ":")))]
    (ev/spawn (fn [] (serve listener)))
    (each line in (visit port-number "ann" ["anybody here?" "no? bye"] 3) (println line))
    (let [bob (ev/spawn (fn [] (visit port-number "bob" [] 3)))]
      (ev/sleep 0.05)
      (visit port-number "cid" ["hi bob"] 1)
      (each line in (ev/join bob) (println "bob heard " line)))
    (ev/shutdown)))

(match (sys/args)
  ("serve" & more) (let [listener (tcp/listen "127.0.0.1" (if (empty? more) 7777 (parse-int (first more))))]
                     (println "chat on " (port/path listener))
                     (serve listener))
  _ (demo))
