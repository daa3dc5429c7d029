# A TCP echo server: one fiber per connection.
#   evjit echo-server.lisp [PORT] [CONNECTIONS]
# Ends after CONNECTIONS connections; without that, never.
(defn argument [i otherwise]
  (let [args (->array (sys/args))]
    (if (< i (length args)) (parse-int (get args i)) otherwise)))

(def listener (tcp/listen "127.0.0.1" (argument 0 7000)))
(def limit (argument 1 nil))
(println "listening on " (port/path listener))

(defn serve [conn]
  (with c conn port/close
    (each line in (port/lines c)
      (port/write c (string line "\n")))))

(def @served 0)
(while (or (nil? limit) (< served limit))
  (let [conn (tcp/accept listener)]
    (assign served (+ served 1))
    (ev/spawn (fn []
      # A connection that breaks must not end the server.
      (try (serve conn)
           (catch e (eprintln "connection lost: " (get e :reason))))))))
(port/close listener)
