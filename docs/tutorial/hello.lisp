# Greets everybody named on the command line.
(defn greeting [name]
  (string "hello, " name))

(each name in (sys/args)
  (println (greeting name)))
