
(def caught-there
  (try (do (thrower :there) 1) (catch _ (error/trace))))
