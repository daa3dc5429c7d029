(protect (defer (error :second) (error :first)))
(defer (error :last) nil)