(import "./_tally")
(fn [] (import "./_tally"))
