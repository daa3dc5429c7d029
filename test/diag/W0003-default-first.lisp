# The last resort stands in front
(defn name-of [code]
  (match code
    200 "ok"
    other (string "code " other)
    404 "not found"))
