# Letters behind a number
(ev/sleep 10ms)
