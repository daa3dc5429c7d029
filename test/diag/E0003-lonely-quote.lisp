# A quote with nothing behind it
(def names '())
'