# Runs the key-value service until Ctrl-C:   evjit kv-main.lisp [PORT]
(def make-store (import "./store.lisp"))
(def make-service (import "./kv.lisp"))

(def port (match (sys/args) (p) (parse-int p) _ 7878))
(def service (make-service :port port :store (make-store)))
(println "listening on " service:address)
(try (service:serve)
     (catch e
       (unless (= (get e :error) :interrupted) (error e))
       (println "stopped by " e:signal)))
