# Random trees of fibers that are preempted and run in any order.
# env: EVJIT_VIRTUAL_TIME=1
# env: EVJIT_SCHEDULE_SEED=5
# env: EVJIT_SCHEDULE_CHAOS=1
(include-file "_trees.lisp")
(each seed in [21 22] (run-trees seed 25000))
