(def f (ev/spawn (fn [] (ev/futex-wait :never @[0] 0))))
(ev/join f)