# exit: 1
# stderr: ^unobserved failure: fiber #2 "early": :lost; at <fn> \(failure-names.lisp:3:[0-9]+\)\nerror: :later\n  at <fn> \(failure-names.lisp:4:[0-9]+\)\n  in fiber #3 "late"\n$
(ev/set-name (ev/spawn (fn [] (error :lost))) "early")
(ev/set-name (ev/spawn (fn [] (ev/sleep 1.1) (error :later))) "late")
