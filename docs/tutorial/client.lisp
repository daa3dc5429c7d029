# A client for line protocols:   (def c ((import "./client.lisp") service:address))
# (c:ask line) sends a line and returns the answer, (c:hear) waits for a line, (c:close) ends.
(fn [address]
  (def conn (tcp/connect "127.0.0.1" (parse-int (last (string/split address ":"))) :timeout 2000))
  (defn hear [] (port/read-line conn :timeout 5000))
  {:ask (fn [line] (port/write conn (string line "\n")) (hear))
   :hear hear
   :close (fn [] (port/close conn))})
