# Too many arguments for a builtin
(println (inc 1 2))
