# A blank between the colon and the name
(def point {: x 1})
