(yield :one)
(yield :two)
:done
