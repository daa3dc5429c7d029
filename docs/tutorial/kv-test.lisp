# Tests of the key-value service: each starts a service of its own on a free port and ends it.
(def make-store (import "./store.lisp"))
(def make-service (import "./kv.lisp"))
(def connect (import "./client.lisp"))

(defn with-service [body &keys options]
  "Calls body with a running service."
  (let [service (make-service :port 0 :store (make-store) ;(mapcat identity (->array options)))
        running (ev/spawn (fn [] (service:serve)))]
    (defer (ev/abort running)
      (body service running))))

(defn test [name thunk]
  (def outcome (ev/timeout 10 (fn [] (protect (thunk)))))
  (match outcome
    [true _]  (println "ok    " name)
    [false e] (begin (println "FAIL  " name ": " e) (sys/exit 1))
    _         (begin (println "FAIL  " name ": took too long") (sys/exit 1))))

(defn same [got wanted] (assert (= got wanted) (string "got " [got] ", wanted " [wanted])))

(test "the store" (fn []
  (let [store (make-store)]
    (same (map store:execute ["SET a 1 2" "GET a" "GET b" "COUNT" "DEL a" "COUNT" "NONSENSE"])
          ["OK" "VALUE 1 2" "NONE" "COUNT 1" "OK" "COUNT 0" "ERROR unknown command"]))))

(test "a conversation" (fn []
  (with-service (fn [service _]
    (let [c (connect service:address)]
      (same (c:hear) "HELLO")
      (same (c:ask "SET name Ada") "OK")
      (same (c:ask "GET name") "VALUE Ada")
      (same (c:ask "QUIT") "BYE")
      (same (c:hear) nil))))))

(test "clients share the store and do not wait for each other" (fn []
  (with-service (fn [service _]
    (let [quiet (connect service:address) busy (map (fn [_] (connect service:address)) (range 20))]
      (each c in busy (c:hear))
      (ev/map (fn [i] (let [c (get busy i)] (c:ask (string "SET k" i " v")))) (range 20))
      (same (quiet:hear) "HELLO")
      (same (quiet:ask "COUNT") "COUNT 20"))))))

(test "no more than max-connections" (fn []
  (with-service (fn [service _]
    (let [first-one (connect service:address) second-one (connect service:address)]
      (same (first-one:hear) "HELLO")
      (same (ev/timeout 0.05 (fn [] (second-one:hear))) nil)
      (first-one:close)
      (same (second-one:hear) "HELLO")))
    :max-connections 1)))

(test "an idle client is sent away" (fn []
  (with-service (fn [service _]
    (let [c (connect service:address)]
      (c:hear)
      (same (c:hear) "BYE you are idle")
      (same (c:hear) nil)))
    :idle-ms 30)))

(test "an orderly end" (fn []
  (with-service (fn [service running]
    (let [c (connect service:address)]
      (c:hear)
      (ev/abort running)
      (same (c:hear) "BYE the service is going down")
      (same (c:hear) nil)
      (same (first (protect (connect service:address))) false))))))
