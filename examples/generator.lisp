# Generators are fibers; streams over them are lazy.
(defn numbers-from [start]
  "An endless generator."
  (fiber/new (fn []
    (def @n start)
    (forever
      (yield n)
      (assign n (+ n 1))))
    :yield))

(defn prime? [n]
  (and (> n 1)
       (all? (fn [d] (nonzero? (rem n d))) (range 2 (+ 1 (floor (sqrt n)))))))

(def primes (stream/filter prime? (numbers-from 2)))
(println "primes: " (stream/collect (stream/take 8 primes)))
(println "more:   " (stream/collect (stream/take 4 primes)))

# A generator that walks a tree: yield works at any depth of calls.
(defn walk [tree]
  (if (array? tree)
    (each child in tree (walk child))
    (yield tree)))
(def leaves (fiber/new (fn [] (walk [1 [2 [3 4]] [[5]]])) :yield))
(each leaf in leaves (print leaf " "))
(println)
