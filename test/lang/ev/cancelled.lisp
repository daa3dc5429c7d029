# exit: 1
# stderr: \Aerror: fiber cancelled\n  in fiber #2\nerror: fiber cancelled: :gone\n  in fiber #3\nerror: fiber cancelled: too-old: not wanted\n  :age 7\n  in fiber #4 "worker"\n\Z
# What is said of fibers that were cancelled and that nobody has observed: fiber/cancel may give no value (09 section 7).
(def all (map (fn [_] (ev/spawn (fn [] (ev/sleep 100)))) (range 5)))
(ev/set-name (get all 2) "worker")
(ev/sleep 0)
(fiber/cancel (get all 0))
(fiber/cancel (get all 1) :gone)
(fiber/cancel (get all 2) {:error :too-old :message "not wanted" :age 7})
(fiber/cancel (get all 3) :seen)
(protect (ev/join (get all 3)))
(ev/abort (get all 4))
