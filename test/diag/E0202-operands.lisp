# Too few operands for a macro
(defmacro unless-zero [n form]
  `(if (= ,n 0) nil ,form))
(unless-zero 1)
