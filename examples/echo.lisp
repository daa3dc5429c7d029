# A TCP echo server and a client in one program: it picks a free port, talks to itself and ends.
(def listener (tcp/listen "127.0.0.1" 0))
(def port-number (parse-int (last (string/split (port/path listener) ":"))))

(defn serve [conn]
  "Sends every line back until the peer is done."
  (with c conn port/close
    (each line in (port/lines c)
      (port/write c (string "echo: " line "\n")))))

(def server (ev/spawn (fn [] (serve (tcp/accept listener)))))

(def client (ev/spawn (fn []
  (with c (tcp/connect "127.0.0.1" port-number :timeout 2000) port/close
    (port/write c "hello, fibers\n")
    (println (port/read-line c))))))

(ev/join [client server])
(port/close listener)
