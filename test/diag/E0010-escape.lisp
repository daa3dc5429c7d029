# A Windows path in a string
(def home "C:\users")
