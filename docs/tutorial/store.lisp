# What the key-value service does, without any network: a line of request in, a line of answer out.
(fn []
  (def table @{})
  {:execute
    (fn [line]
      (match (->list (string/split (string/trim line) " "))
        ("SET" key word & words) (begin (put table key (string/join (pair word words) " ")) "OK")
        ("GET" key)              (if (has? table key) (string "VALUE " (get table key)) "NONE")
        ("DEL" key)              (if (has? table key) (begin (del table key) "OK") "NONE")
        ("COUNT")                (string "COUNT " (length table))
        _                        "ERROR unknown command"))})
