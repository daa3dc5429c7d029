# Counts the words of a text: the most frequent first.
(defn words [text]
  (filter nonempty? (string/split (string/downcase text) " ")))

(defn most-frequent [n items]
  (->> (pairs (frequencies items))
       (sort-by (fn [[word count]] [(- count) word]))
       (take n)))

(each [word count] in (most-frequent 3 (words (port/read-all (port/stdin))))
  (println (string/format "{:<6} {}" word count)))
