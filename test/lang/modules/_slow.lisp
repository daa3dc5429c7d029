(ev/sleep 0.01)
:slow
