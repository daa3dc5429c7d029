(defn helper [] (error {:error :deep :n 1}))
(fn [] (helper))
