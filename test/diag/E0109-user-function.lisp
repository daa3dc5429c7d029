# Too few arguments for a function of the program
(defn transfer [from to amount]
  [from to amount])

(transfer :alice 100)
