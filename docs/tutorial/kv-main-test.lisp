# Runs kv-main.lisp as a program of its own and interrupts it as Ctrl-C would. Needs evjit in PATH.
(def connect (import "./client.lisp"))
(def running (subprocess/exec "evjit" ["kv-main.lisp" "0"]))
(def address (last (string/split (port/read-line running:stdout) " ")))      # listening on ADDRESS

(def c (connect address))
(assert (= (c:hear) "HELLO"))
(assert (= (c:ask "COUNT") "COUNT 0"))
(subprocess/kill running :sigint)
(assert (= (c:hear) "BYE the service is going down"))
(assert (= (port/read-line running:stdout) "stopped by sigint"))
(assert (= (subprocess/wait running) 0))
(println "an orderly end")
