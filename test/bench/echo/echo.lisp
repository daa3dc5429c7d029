# The echo benchmark's server: whatever comes is sent back. examples/echo-server.lisp is the same by lines.
(def listener (tcp/listen "127.0.0.1" 0))
(println "listening on " (port/path listener))

(defn serve [c]
  (def @data (port/read c 4096))
  (while (not (nil? data))
    (port/write c data)
    (assign data (port/read c 4096)))
  (port/close c))

(while true
  (let [c (tcp/accept listener)]
    (ev/spawn (fn [] (try (serve c) (catch e (port/close c)))))))
