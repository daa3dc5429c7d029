# An echo service: a function that listens and returns its address and what serves it.
(defn echo [conn]
  (with c conn port/close
    (each line in (port/lines c)
      (port/write c (string line "\n")))))

(fn [port]
  (def listener (tcp/listen "127.0.0.1" port))
  {:address (port/path listener)
   :serve (fn []
     (defer (port/close listener)
       (forever
         (let [conn (tcp/accept listener)]
           (ev/spawn (fn [] (echo conn)))))))})
