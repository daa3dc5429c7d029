# The assertions of the tests: they print what does not hold, and a test that prints anything has failed.
#   (include-file "../_check.lisp")
#   (check (+ 1 2) 3)                  the value is = and prints the same
#   (check-error (first []) :argument-error)    raises a struct with that :error
#   (check-says (first 5) :type-error "first" "integer")    and its :message has these texts
(defn %check-failed [line form what]
  (println "line " line ": " form what))

(defn %literal [v]
  (let [s (string [v])] (slice s 1 -1)))

(defmacro check (form expected)
  (def line (if (syntax? form) (get (syntax-loc form) :line) 0))
  `(let [[ok? got] (protect ,form) want ,expected]
     (cond
       (not ok?) (%check-failed ,line ',form (string " raised " (%literal got)))
       (not= got want) (%check-failed ,line ',form (string " is " (%literal got) " instead of " (%literal want)))
       (not= (%literal got) (%literal want))
         (%check-failed ,line ',form (string " prints as " (%literal got) " instead of " (%literal want))))))

(defmacro check-error (form kind)
  (def line (if (syntax? form) (get (syntax-loc form) :line) 0))
  `(let [[ok? got] (protect ,form)]
     (cond
       ok? (%check-failed ,line ',form (string " is " (%literal got) " instead of an error " ,kind))
       (not= (if (struct? got) (get got :error) got) ,kind)
         (%check-failed ,line ',form (string " raised " (%literal got) " instead of " ,kind)))))

(defmacro check-says (form kind & texts)
  (def line (if (syntax? form) (get (syntax-loc form) :line) 0))
  `(let [[ok? got] (protect ,form)]
     (if (or ok? (not (struct? got)) (not= (get got :error) ,kind) (not (string? (get got :message))))
       (%check-failed ,line ',form (string (if ok? " is " " raised ") (%literal got) " instead of " ,kind))
       (each text in [,;texts]
         (unless (string/contains? (get got :message) text)
           (%check-failed ,line ',form (string " says " (%literal (get got :message)) " without " (%literal text))))))))

#   (check-compile "(if)" "if: ")     a program that does not compile: its first diagnostic contains the text
(defn %complaint [source]
  (let [[ok? e] (protect (eval (pair 'do (read-all source))))]
    (cond
      ok? (string "compiled to " (%literal e))
      (and (struct? e) (= (get e :error) :eval-error)) (get (first e:diagnostics) :message)
      (string "raised " (%literal e)))))

(defn check-compile [source text]
  (let [got (%complaint source)]
    (unless (string/contains? got text) (println source ": " got " instead of ... " text))))
