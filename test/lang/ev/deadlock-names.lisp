# exit: 1
# stderr: #1 "boss" joins #2 :worker; #2 :worker waits on futex 12\n  :waiting \[\{:fiber <fiber:error> :fiber-name "boss" :id 1 
(ev/set-name (ev/self) "boss")
(def cell @[0])
(ev/join (ev/set-name (ev/spawn (fn [] (ev/futex-wait 12 cell 0) 1)) :worker))
