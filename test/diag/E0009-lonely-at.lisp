# A blank behind @
(def @ counter 0)
