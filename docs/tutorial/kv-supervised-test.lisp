# The store crashes in the middle of a conversation; the connection outlives it.
(def run (import "./kv-supervised.lisp"))
(def connect (import "./client.lisp"))
(def sync ((import "std/sync")))
(def crashed "ERROR the store is being restarted, try again")

(defn start []
  "A client of a new service, and the fiber that runs it."
  (let [addresses (sync:make-queue 1)
        running (ev/spawn (fn [] (run :port 0 :announce addresses:put)))
        c (connect (addresses:take))]
    (assert (= (c:hear) "HELLO"))
    [c running]))

(let [[c running] (start)]
  (assert (= (c:ask "SET a 1") "OK"))
  (assert (= (c:ask "CRASH") crashed))
  (assert (= (c:ask "GET a") "NONE"))
  (assert (= (c:ask "SET b 2") "OK"))
  (assert (= (c:ask "GET b") "VALUE 2"))
  (ev/abort running)
  (assert (= (c:hear) "BYE the service is going down"))
  (println "the store was restarted, the connection stayed"))

(let [[c running] (start)]
  (repeat 6 (assert (= (c:ask "CRASH") crashed)))
  (let [[ok? e] (ev/join-protected running)]
    (assert (= [ok? e:error] [false :gave-up]))
    (println "after six crashes the supervisor gave up")))
