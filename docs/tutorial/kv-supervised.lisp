# The key-value service in two supervised parts, the store and the listener: if one crashes, it is started again.
#   ((import "./kv-supervised.lisp") :port 0 :announce println)    runs until its fiber is aborted or interrupted
(def process ((import "std/process")))
(def make-store (import "./store.lisp"))
(def make-service (import "./kv.lisp"))

(def store-server
  {:init (fn [_] (make-store))
   :handle-call (fn [line _from store]
     (when (= line "CRASH") (error :a-bug))           # so that you can watch it
     [:reply (store:execute line) store])})

(defn ask-store [line]
  (try (process:gen-server-call :store line)
       (catch _ "ERROR the store is being restarted, try again")))

(defn store-child []
  {:id :store
   :start-link (fn [] (process:gen-server-start-link store-server nil :name :store))})

(defn listener-child [port announce]
  {:id :listener
   :start (fn []
     (let [service (make-service :port port :store {:execute ask-store})]
       (announce service:address)
       (service:serve)))})

(fn [&named port announce]
  (process:start (fn []
    (process:monitor
      (process:supervisor-start-link [(store-child) (listener-child port announce)]
        :strategy :one-for-one :max-restarts 5 :max-seconds 10))
    (match (process:recv)                              # until the supervisor gives up
      [:DOWN _ _ reason] (error {:error :gave-up :reason reason :message "too many crashes"})
      _                  nil))))
