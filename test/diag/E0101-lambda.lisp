# The word of another language
(map (lambda (x) (* x x)) [1 2 3])
