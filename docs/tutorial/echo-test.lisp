# Starts the echo service on a free port, talks to it with two clients at once, ends it.
(def service ((import "./echo.lisp") 0))
(def connect (import "./client.lisp"))
(def running (ev/spawn (fn [] (service:serve))))

(def a (connect service:address))
(def b (connect service:address))
(assert (= (a:ask "from a") "from a"))
(assert (= (b:ask "from b") "from b"))
(assert (= (a:ask "again") "again"))
(a:close)
(b:close)
(ev/abort running)
(println "the echo service works")
