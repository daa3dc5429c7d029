# std/random: random generators with a state of their own (xoshiro256**), for tests, simulations and games. Secrets come from
# random/bytes.

(defn sample [g n s]
  "n elements of s from different places, in random order."
  (let [mixed (%%random-shuffle g s)]
    (unless (integer? n)
      (error {:error :type-error :got (type-of n) :arg 0 :message (string "generator sample: expected integer, got " (type-of n))}))
    (unless (<= 0 n (length s))
      (error {:error :argument-error :message (string "generator sample: cannot take " n " of " (length s))}))
    (take n mixed)))

(defn generator [&opt seed]
  "A generator: {:int :float :choice :shuffle :sample}, as random/int and so on; (sample n s) draws n elements without putting them back.
The same integer seed gives the same results, whatever else draws; without one it starts from the operating system.
(let [a (random:generator 42) b (random:generator 42)] (= (a:int 1000) (b:int 1000))) # => true"
  (let [g (%%random-make seed)]
    {:int (fn [lo &opt hi] (if (nil? hi) (%%random-int g lo) (%%random-int g lo hi)))
     :float (fn [] (%%random-float g))
     :choice (fn [s] (%%random-choice g s))
     :shuffle (fn [s] (%%random-shuffle g s))
     :sample (fn [n s] (sample g n s))}))

(fn [] {:generator generator})
