# Fetches several pages at once, at most three at a time, each with a deadline, from a small web server in the same
# program. One of the pages never answers.
(def listener (tcp/listen "127.0.0.1" 0))
(def port-number (parse-int (last (string/split (port/path listener) ":"))))

# --- the server ----------------------------------------------------------------------------------------------------
(defn answer [conn]
  (with c conn port/close
    (let [path (second (string/split (port/read-line c) " "))
          body (string "you asked for " path)]
      (if (= path "/never") (ev/sleep 30) (ev/sleep 0.01))
      (port/write c (string "HTTP/1.0 200 OK\r\nContent-Length: " (string/size-of body) "\r\n\r\n" body)))))

(def server (ev/spawn (fn []
  (forever
    (let [conn (tcp/accept listener)]
      (ev/spawn (fn [] (protect (answer conn)))))))))

# --- the client ----------------------------------------------------------------------------------------------------
(defn fetch [path]
  "The body of the page, nil if it does not come in time."
  (ev/timeout 0.3 (fn []
    (with c (tcp/connect "127.0.0.1" port-number) port/close
      (port/write c (string "GET " path " HTTP/1.0\r\n\r\n"))
      (last (string/split (port/read-all c) "\r\n\r\n"))))))

(def paths ["/a" "/b" "/never" "/c"])
(def pages (ev/map-limited fetch paths 3))
(each (path page) in (zip paths pages)
  (println path ": " (if page page "no answer")))

(ev/shutdown)                       # ends the server fiber too
