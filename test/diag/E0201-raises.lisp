# A macro whose body fails
(defmacro twice [form]
  (list 'begin (get form :no) form))
(twice (println 1))
