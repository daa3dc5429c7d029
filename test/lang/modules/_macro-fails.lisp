(defmacro boom () (error :boom))

(boom)
