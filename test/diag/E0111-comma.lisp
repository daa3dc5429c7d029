# A comma between elements
(def point [1, 2])
