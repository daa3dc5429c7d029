# What the reader says about a text; included by the tests beside it.
(defn why [s]
  (let [[ok? e] (protect (read-all s))]
    (if ok? (string "reads as " (string e)) (string e:line ":" e:col ": " e:message))))
(defn check-why [s line col text]
  (let [got (why s) want (string line ":" col ": ")]
    (unless (and (string/starts-with? got want) (string/contains? got text))
      (println "read " s ": " got " instead of " want "... " text))))
(defn kinds [s] (map type-of (read-all s)))
