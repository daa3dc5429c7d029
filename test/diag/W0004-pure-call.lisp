# A value that is computed and dropped
(defn shout [text]
  (string/upcase text)
  (println text))
