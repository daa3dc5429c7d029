# Random trees of fibers in virtual time.
# env: EVJIT_VIRTUAL_TIME=1
(include-file "_trees.lisp")
(each seed in [11 12 13 14] (run-trees seed 25000))
