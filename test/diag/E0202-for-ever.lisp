# A macro that expands to itself
(defmacro again [form] `(again ,form))
(again (println 1))
