(match [1 [2 {:a (list 3)}]] [x [y {:a (z & r)}]] [x y z r] _ nil)
(match 1)
(match 1 x)