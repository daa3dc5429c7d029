# Alternatives with different names
(defn amount [event]
  (match event
    (or [:paid n] [:refunded m]) n
    _ 0))
