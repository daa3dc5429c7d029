# Non-tail recursion: 10^5 deep works everywhere, endless recursion is a catchable error, and the fiber goes on (07 section 12).
(defn down [n] (if (= n 0) 0 (+ 1 (down (- n 1)))))
(assert (= (down 100000) 100000) "main fiber")
(assert (= (ev/join (ev/spawn (fn [] (down 100000)))) 100000) "spawned fiber")

(defn overflow [] (try (down 1000000000) (catch e [e:error e:reason])))
(assert (= (overflow) [:stack-overflow :depth]) "caught in the main fiber")
(assert (= (overflow) [:stack-overflow :depth]) "again")
(assert (= (ev/join (ev/spawn overflow)) [:stack-overflow :depth]) "caught in a spawned fiber")
(assert (= (first (ev/join-protected (ev/spawn (fn [] (down 1000000000))))) false) "fails a fiber that does not catch it")
(assert (= (down 10000) 10000) "and everything still works")
