(include-file "_included/first.lisp")
(include-file "../_check.lisp")
# Top-level code is one function, whichever file it was read from: traces name the file of each position (06 section 6).
(defn positions [trace] (map (fn [frame] [frame:fn frame:file frame:line frame:col]) trace))
(def caught-here
  (try (do (thrower :here) 1) (catch _ (error/trace))))
(include-file "_included/throws.lisp")
(def once-more (try (do (thrower :again) 1) (catch _ (error/trace))))

(def thrown ["thrower" "_included/first.lisp" 1 24])
(check (positions caught-here) [thrown ["<toplevel>" "included-positions.lisp" 6 12]])
(check (positions caught-there) [thrown ["<toplevel>" "_included/throws.lisp" 3 12]])
(check (positions once-more) [thrown ["<toplevel>" "included-positions.lisp" 8 25]])
