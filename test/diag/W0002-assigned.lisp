# A name that is stored into and never read
(defn count-words [words]
  (def @n 0)
  (each w words
    (when w (assign n 1)))
  (length words))
