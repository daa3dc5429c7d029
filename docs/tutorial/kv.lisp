# The key-value service:
#   (def service ((import "./kv.lisp") :port 7878 :store store))
#   service:address      where it listens
#   (service:serve)      serves until its fiber is aborted or interrupted; open connections get a goodbye
# Options: :max-connections (100), :idle-ms (60000).
(def sync ((import "std/sync")))

(fn [&named port store @max-connections @idle-ms]
  (default max-connections 100)
  (default idle-ms 60000)
  (def listener (tcp/listen "127.0.0.1" port))
  (def slots (sync:make-semaphore max-connections))

  (defn say [conn line]
    (port/write conn (string line "\n") :timeout 5000))

  (defn converse [conn]
    (say conn "HELLO")
    (forever
      (match (port/read-line conn :timeout idle-ms)
        nil    (break)
        "QUIT" (begin (say conn "BYE") (break))
        line   (say conn (store:execute line)))))

  # The error that ends a conversation ends this connection and nothing else.
  (defn attend [conn]
    (with c conn port/close
      (try (converse c)
           (catch e
             (protect
               (say c (case (get e :error)
                        :timeout "BYE you are idle"
                        :aborted "BYE the service is going down"
                        "BYE something went wrong")))))))

  (defn serve []
    (defer (port/close listener)
      (ev/scope (fn [spawn]
        (forever
          (slots:acquire)
          (let [conn (tcp/accept listener)]
            (spawn (fn [] (defer (slots:release) (attend conn))))))))))

  {:address (port/path listener) :serve serve})
