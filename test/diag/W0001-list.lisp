# A name that is a special form
(defn process [block]
  (block 1))
