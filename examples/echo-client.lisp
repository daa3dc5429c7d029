# Sends its arguments, or three greetings, to the echo server and prints the answers.
#   evjit echo-client.lisp PORT [LINE...]
(def args (sys/args))
(if (empty? args)
  (println "usage: evjit echo-client.lisp PORT [LINE...]")
  (let [lines (if (empty? (rest args)) (list "one" "two" "three") (rest args))]
    (with c (tcp/connect "127.0.0.1" (parse-int (first args)) :timeout 2000) port/close
      (each line in lines
        (port/write c (string line "\n"))
        (println (port/read-line c))))))
