# A struct with a key but no value
(def user {:name "Ada" :age})
