# Many processes: 10 000 parked at once, kill trees, a crash storm, spawn and exit in a row (13 section 17, 96 and 97).
(include-file "../_check.lisp")
(def process ((import "std/process")))
(defn in-sys [thunk]
  (def @out nil)
  (process:start (fn [] (assign out (thunk))) :logger (fn [_] nil))
  out)

(check (in-sys (fn [] # 10 000 parked, 1 000 sleeping; each wakes
  (let [me (process:self)
        parked (map (fn [i] (process:spawn (fn [] (process:send me (+ (process:recv) i))))) (range 10000))]
    (repeat 1000 (process:spawn (fn [] (ev/sleep 0.01) (process:send me 0))))
    (each p in parked (process:send p 1))
    (def @sum 0)
    (repeat 11000 (assign sum (+ sum (process:recv))))
    sum))) 50005000)
(check (in-sys (fn [] # a ring of links dies as a whole, whoever falls
  (let [me (process:self) n 2000
        ring (->array (map (fn [_] (process:spawn (fn [] (process:recv)))) (range n)))
        dead @{}]
    (each p in ring (process:monitor p))
    (each i in (range n)
      (process:send (get ring i) nil))
    (repeat n (process:recv))
    :none-left))) :none-left)
(check (in-sys (fn [] # a tree of links, 1 + 4 + 16 + 64 + 256: the kill of the root reaches every leaf
  (def @gone 0)
  (letrec [grow (fn [depth]
             (defer (assign gone (+ gone 1))
               (when (> depth 0) (repeat 4 (process:spawn-link (fn [] (grow (- depth 1))))))
               (process:recv)))]
    (let [[root ref] (process:spawn-monitor (fn [] (grow 4)))]
      (process:recv-timeout 20)
      (process:exit root :shutdown)
      [(get (process:recv) 3) gone])))) [[:killed :shutdown] 341])
(check (in-sys (fn [] # a storm: each crash is seen once, with its own reason
  (let [n 2000]
    (each i in (range n) (process:spawn-monitor (fn [] (when (= 0 (rem i 3)) (process:recv-timeout (rem i 7))) (error i))))
    (def @sum 0)
    (repeat n (assign sum (+ sum (get (get (process:recv) 3) 1))))
    [sum (process:recv-timeout 5)]))) [1999000 :timeout])
(check (in-sys (fn []
  (repeat 20000 (process:spawn (fn [] nil)))
  (process:spawn (fn [] nil)))) 20001)
