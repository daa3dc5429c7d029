# A store into a field
(def @player {:score 0})
(assign player:score 10)
