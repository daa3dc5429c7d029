# A literal where a name is bound
(let [[:ok value] [:ok 1]]
  (println value))
