# Random trees of fibers; test/stress/trees.lisp is the same for as long as you like.
(include-file "_trees.lisp")
(each seed in [1 2 3 4] (run-trees seed 25000))
