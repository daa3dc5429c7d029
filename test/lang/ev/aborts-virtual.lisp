# aborts.lisp in virtual time.
# env: EVJIT_VIRTUAL_TIME=1
# timeout: 120
(include-file "aborts.lisp")
