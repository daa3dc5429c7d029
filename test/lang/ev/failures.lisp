# Failures that nobody observes outlive the fiber and its scheduler: the account must name neither when they are gone.
# exit: 1
# env: EVJIT_GC_STRESS=10
# stderr: ^error: :lost
(include-file "../_check.lisp")
(defn churn [] (each i in (range 200) (string/repeat "x" 100000)))

# A failed fiber goes; another takes its place, fails and is observed: the first one stays on the account.
(defn lose [] (ev/spawn (fn [] (error :lost))) nil)
(lose)
(ev/sleep 0)
(churn)
(each i in (range 600)
  (let [f (ev/spawn (fn [] (error :found)))]
    (ev/sleep 0)
    (check (ev/join-protected f) [false :found])))

# More failures than are kept, of a scheduler that is gone when they are observed.
(def all @[])
(check (protect (ev/run (fn [] (each i in (range 40) (push all (ev/spawn (fn [] (error i)))))))) [false 0])
(churn)
(each f in all (check (first (ev/join-protected f)) false))
