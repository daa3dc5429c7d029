# Included by the programs that `run` compares with peers/: `run --cpu` has all of them measure by the processor's clock.
(def now (if (= (sys/env "EVJIT_BENCH_CLOCK") "cpu") clock/cpu clock/monotonic))
