# What cmake/make_startup_order watches besides the examples: an ordinary small program, with an error that is caught.
(defmacro twice [x] `(+ ,x ,x))
(defn classify [n & rest]
  (match [n rest]
    [1 _] :one
    [_ (a b)] (+ a b)
    _ (twice n)))
(try (error {:error :sample}) (catch e (println e)))
(each i (range 3) (println (classify i) @{:a 1} [1.5 "text"]))
(println (ev/join (ev/spawn (fn [] (ev/sleep 0.001) (classify 2 3 4)))))
(println (json-parse "{\"a\": [1, 2]}"))
