# A number with more than 64 bits
(def big 99999999999999999999)
