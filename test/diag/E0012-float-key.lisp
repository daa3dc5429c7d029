# A key that no struct can have, in quoted data
(def prices '{1.5 :cheap 2.5 :dear})
prices
