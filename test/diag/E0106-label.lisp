# A label that no block has
(block :outer
  (while true
    (break :outter 1)))
