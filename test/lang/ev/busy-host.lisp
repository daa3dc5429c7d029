# timeout: 30
# An abort reaches a fiber that runs a scheduler which is never idle: between two of its turns.
(include-file "../_check.lisp")
(def log @[])
(def host (ev/spawn (fn []
  (ev/run (fn []
    (ev/abort host) # its host runs: remembered
    (defer (push log :inner-cleaned) (forever (yield))))))))
(check (first (ev/join-protected host)) false)
(check (get (get (ev/join-protected host) 1) :error) :aborted)
(check (freeze log) [:inner-cleaned])

# Not in a cleanup.
(def shielded (ev/spawn (fn []
  (defer (ev/run (fn [] (ev/abort shielded) (each i in (range 300) (yield)) (push log :finished)))
    1)
  (ev/sleep 0)
  (push log :not-reached))))
(check (get (get (ev/join-protected shielded) 1) :error) :aborted)
(check (freeze log) [:inner-cleaned :finished])
