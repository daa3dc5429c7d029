# An exponent without digits
(def avogadro 6.022e)
