# An underscore at the end of a number
(def million 1_000_)
