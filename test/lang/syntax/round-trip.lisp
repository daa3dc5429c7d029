# Printed values read back: a few of what the fuzzer tries (test/fuzz/round-trip.lisp SEED COUNT).
(include-file "../../fuzz/round-trip.lisp")
