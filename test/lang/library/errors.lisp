# 05, general rules: wrong counts are :arity-errors, wrong types :type-errors; both name the function and the offending type.
(include-file "../_check.lisp")

# --- every function of 05 and 02 refuses too few and too many arguments --------------------------------------------------------
(def counts # name, function, least, most (nil: any number)
  [["inc" inc 1 1] ["dec" dec 1 1] ["abs" abs 1 1] ["min" min 1 nil] ["max" max 1 nil] ["sum" sum 1 1] ["product" product 1 1] ["range" range 1 3]
   ["rem" rem 2 2] ["mod" mod 2 2] ["compare" compare 2 2] ["identical?" identical? 2 2] ["hash" hash 1 1] ["not=" not= 2 2]
   ["math/sqrt" math/sqrt 1 1] ["math/log" math/log 1 2] ["math/atan2" math/atan2 2 2] ["math/fmod" math/fmod 2 2] ["math/pow" math/pow 2 2]
   ["math/floor" math/floor 1 1] ["math/round" math/round 1 1] ["math/pi" math/pi 0 0] ["math/inf" math/inf 0 0]
   ["bit/and" bit/and 2 nil] ["bit/not" bit/not 1 1] ["bit/shl" bit/shl 2 2] ["bit/shr" bit/shr 2 2]
   ["get" get 2 3] ["put" put 2 3] ["has?" has? 2 2] ["del" del 2 2] ["length" length 1 1] ["nth" nth 2 2]
   ["update" update 3 3] ["get-in" get-in 2 3] ["put-in" put-in 3 3] ["update-in" update-in 3 3]
   ["pair" pair 2 2] ["array/new" array/new 2 2] ["first" first 1 1] ["second" second 1 1] ["last" last 1 1] ["rest" rest 1 1] ["butlast" butlast 1 1]
   ["take" take 2 2] ["drop" drop 2 2] ["take-while" take-while 2 2] ["drop-while" drop-while 2 2] ["slice" slice 2 3] ["reverse" reverse 1 1]
   ["append" append 2 2] ["concat" concat 1 nil] ["push" push 2 2] ["pop" pop 1 1] ["popn" popn 2 2] ["insert" insert 3 3] ["remove" remove 2 3]
   ["distinct" distinct 1 1] ["flatten" flatten 1 1] ["interpose" interpose 2 2] ["partition" partition 2 2]
   ["->array" ->array 1 1] ["->list" ->list 1 1] ["seq->set" seq->set 1 1] ["set->array" set->array 1 1]
   ["sort" sort 1 1] ["sort-by" sort-by 2 2] ["sort-with" sort-with 2 2]
   ["map" map 2 2] ["filter" filter 2 2] ["fold" fold 3 3] ["mapcat" mapcat 2 2] ["map-indexed" map-indexed 2 2] ["find" find 2 2]
   ["find-index" find-index 2 2] ["any?" any? 2 2] ["all?" all? 2 2] ["count" count 2 2] ["frequencies" frequencies 1 1] ["group-by" group-by 2 2]
   ["min-key" min-key 2 nil] ["max-key" max-key 2 nil] ["apply" apply 1 nil] ["identity" identity 1 1] ["constantly" constantly 1 1]
   ["complement" complement 1 1] ["partial" partial 1 nil] ["memoize" memoize 1 1]
   ["string/upcase" string/upcase 1 1] ["string/trim" string/trim 1 1] ["string/find" string/find 2 3] ["string/contains?" string/contains? 2 2]
   ["string/starts-with?" string/starts-with? 2 2] ["string/ends-with?" string/ends-with? 2 2] ["string/split" string/split 2 2]
   ["string/join" string/join 2 2] ["string/replace" string/replace 3 3] ["string/repeat" string/repeat 2 2] ["string/size-of" string/size-of 1 1]
   ["string/format" string/format 1 nil] ["uri-encode" uri-encode 1 1] ["seq->hex" seq->hex 1 1]
   ["keys" keys 1 1] ["values" values 1 1] ["pairs" pairs 1 1] ["from-pairs" from-pairs 1 1] ["merge" merge 1 nil]
   ["add" add 2 2] ["union" union 2 2] ["intersection" intersection 2 2] ["difference" difference 2 2]
   ["random/int" random/int 1 2] ["random/float" random/float 0 0] ["random/bytes" random/bytes 1 1] ["random/choice" random/choice 1 1]
   ["random/shuffle" random/shuffle 1 1] ["random/seed" random/seed 1 1] ["json/serialize" json/serialize 1 1] ["json/pretty" json/pretty 1 1]
   ["box" box 1 1] ["unbox" unbox 1 1] ["rebox" rebox 2 2] ["box?" box? 1 1] ["make-parameter" make-parameter 1 1] ["parameter?" parameter? 1 1]
   ["with-traits" with-traits 2 2] ["traits" traits 1 1] ["fn/arity" fn/arity 1 1] ["fn/captures" fn/captures 1 1] ["fn/name" fn/name 1 1]
   ["meta/origin" meta/origin 1 1] ["debug/print" debug/print 1 1] ["debug/trace" debug/trace 2 2] ["debug/memory" debug/memory 0 0]
   ["vm/primitive-meta" vm/primitive-meta 1 1] ["describe" describe 1 1] ["pp" pp 1 1] ["evjit/version" evjit/version 0 0]
   ["freeze" freeze 1 1] ["thaw" thaw 1 1] ["deep-freeze" deep-freeze 1 1] ["integer" integer 1 1] ["float" float 1 1] ["parse-int" parse-int 1 2]
   ["parse-float" parse-float 1 1] ["number->string" number->string 1 2] ["keyword" keyword 1 1] ["symbol" symbol 1 1] ["type-of" type-of 1 1]
   ["clock/monotonic" clock/monotonic 0 0] ["clock/realtime" clock/realtime 0 0] ["clock/cpu" clock/cpu 0 0] ["time/elapsed" time/elapsed 1 1]])
(each [name f least most] in counts
  (check (fn/arity f) (cond (nil? most) (pair least nil) (= least most) least (pair least most)))
  (when (> least 0)
    (check-says (apply f (->list (array/new (- least 1) 1))) :arity-error (last (string/split name "math/"))))
  (when most
    (check-says (apply f (->list (array/new (+ most 1) 1))) :arity-error (last (string/split name "math/")))))
(each p in [nil? boolean? bool? integer? int? float? symbol? keyword? string? list? pair? array? tuple? struct? table? set? bytes? closure? native-fn?
            native? primitive? box? parameter? fiber? coroutine? coro? syntax? port? ptr? pointer? number? fn? callable? mutable? immutable?
            zero? nonzero? nan? inf? infinite?]
  (check (fn/arity p) 1)
  (check (boolean? (p nil)) true)
  (check (map (fn [v] (boolean? (p v))) [1 1.5 :a 'a "a" () [] {} || b[] + p (box 1)]) (->array (map (fn [i] true) (range 13))))
  (check-error (apply p []) :arity-error)
  (check-error (apply p [1 2]) :arity-error))

# --- nil and other wrong kinds ---------------------------------------------------------------------------------------------------
(defn refuses [name f wrong]
  (each v in wrong
    (check-says (f v) :type-error name (string (type-of v)))))
(def atoms [nil 5 1.5 :k 'sym true + (box 1)])
(each [name f] in [["first" first] ["last" last] ["second" second] ["rest" rest] ["butlast" butlast] ["reverse" reverse] ["distinct" distinct]
                   ["flatten" flatten] ["sort" sort] ["->array" ->array] ["->list" ->list] ["seq->set" seq->set] ["set->array" set->array]
                   ["sum" sum] ["product" product] ["frequencies" frequencies] ["random/shuffle" random/shuffle] ["random/choice" random/choice]
                   ["keys" keys] ["values" values] ["pairs" pairs] ["from-pairs" from-pairs] ["freeze" freeze] ["thaw" thaw] ["pop" pop]
                   ["take" (fn [v] (take 1 v))] ["drop" (fn [v] (drop 1 v))] ["slice" (fn [v] (slice v 0))] ["interpose" (fn [v] (interpose 0 v))]
                   ["partition" (fn [v] (partition 1 v))] ["zip" (fn [v] (zip [1] v))] ["concat" (fn [v] (concat v))] ["append" (fn [v] (append v v))]
                   ["push" (fn [v] (push v 1))] ["popn" (fn [v] (popn v 1))] ["insert" (fn [v] (insert v 0 1))] ["remove" (fn [v] (remove v 0))]
                   ["take-while" (fn [v] (take-while odd? v))] ["drop-while" (fn [v] (drop-while odd? v))] ["empty?" empty?] ["nonempty?" nonempty?]
                   ["map" (fn [v] (map inc v))] ["filter" (fn [v] (filter odd? v))] ["fold" (fn [v] (fold + 0 v))] ["mapcat" (fn [v] (mapcat list v))]
                   ["map-indexed" (fn [v] (map-indexed list v))] ["find" (fn [v] (find odd? v))] ["find-index" (fn [v] (find-index odd? v))]
                   ["any?" (fn [v] (any? odd? v))] ["all?" (fn [v] (all? odd? v))] ["count" (fn [v] (count odd? v))] ["group-by" (fn [v] (group-by odd? v))]
                   ["sort-by" (fn [v] (sort-by inc v))] ["sort-with" (fn [v] (sort-with compare v))] ["add" (fn [v] (add v 1))]
                   ["union" (fn [v] (union v v))] ["intersection" (fn [v] (intersection v |1|))] ["difference" (fn [v] (difference |1| v))]
                   ["get" (fn [v] (get v 0))] ["put" (fn [v] (put v 0 1))] ["has?" (fn [v] (has? v 1))] ["del" (fn [v] (del v 1))]
                   ["merge" (fn [v] (merge {} v))] ["string/join" (fn [v] (string/join v ","))]]
  (refuses name f atoms))
(refuses "length" length [5 1.5 true + (box 1)])
(each f in [(fn [v] (map inc v)) (fn [v] (fold + 0 v)) (fn [v] (find odd? v)) (fn [v] (count odd? v)) (fn [v] (filter odd? v)) (fn [v] (group-by odd? v))
            (fn [v] (mapcat list v)) (fn [v] (any? odd? v)) (fn [v] (all? odd? v)) (fn [v] (frequencies v)) (fn [v] (map-indexed list v)) (fn [v] (find-index odd? v))]
  (check (try (f nil) (catch {:reason r} r)) :not-a-sequence)
  (check (try (f 5) (catch {:reason r} r)) :not-a-sequence))
(check (try (each x in nil x) (catch {:reason r} r)) :not-a-sequence)
(refuses "map" (fn [v] (map first v)) [{:a 1} @{}])
(refuses "filter" (fn [v] (filter first v)) [{:a 1} @{}])
(refuses "first" first [{:a 1} |1|])
(refuses "reverse" reverse [{:a 1} |1|])
(refuses "sort" sort ["b" b[1] |1| {}])
(refuses "sort-by" (fn [v] (sort-by inc v)) ["b" b[1] |1| {}])
(refuses "sort-with" (fn [v] (sort-with compare v)) ["b" b[1] |1| {}])
(refuses "push" (fn [v] (push v 1)) [(list 1) |1| {}])
(refuses "pop" pop [(list 1) [1] "a" b[1] {} || @{} @||])
(refuses "popn" (fn [v] (popn v 1)) [(list 1) [1] "a" b[1] {} ||])
(refuses "insert" (fn [v] (insert v 0 1)) [(list 1) [1] b[1] {} ||])
(refuses "remove" (fn [v] (remove v 0)) [(list 1) [1] "a" b[1] {} ||])
(refuses "set->array" set->array [[1] (list 1) {} "a"])
(refuses "keys" keys [[1] (list 1) |1| "a"])
(each f in [(fn [s] (string/upcase s)) (fn [s] (string/downcase s)) (fn [s] (string/trim s)) (fn [s] (string/find s "a")) (fn [s] (string/find "a" s))
            (fn [s] (string/contains? s "a")) (fn [s] (string/contains? "a" s)) (fn [s] (string/starts-with? s "a")) (fn [s] (string/starts-with? "a" s))
            (fn [s] (string/ends-with? s "a")) (fn [s] (string/ends-with? "a" s)) (fn [s] (string/split s "a")) (fn [s] (string/split "a" s))
            (fn [s] (string/replace s "a" "b")) (fn [s] (string/replace "a" s "b")) (fn [s] (string/replace "a" "b" s)) (fn [s] (string/repeat s 2))
            (fn [s] (string/size-of s)) (fn [s] (uri-encode s)) (fn [s] (string/join ["a"] s)) (fn [s] (string/format s)) (fn [s] (json/parse s))]
  (refuses "" f [nil 5 1.5 :k 'sym true [1] (list "a") {} b[97] +]))
(each n in ["1" nil :k 1.0 [1]]
  (check-error (take n [1]) :type-error)
  (check-error (drop n [1]) :type-error)
  (check-error (slice [1] n) :type-error)
  (check-error (partition n [1]) :type-error)
  (check-error (popn @[1] n) :type-error)
  (check-error (insert @[1] n 1) :type-error)
  (check-error (remove @[1] n) :type-error)
  (check-error (array/new n 0) :type-error)
  (check-error (get [1] n) :type-error)
  (check-error (get (list 1) n) :type-error)
  (check-error (get "a" n) :type-error)
  (check-error (get b[1] n) :type-error)
  (check-error (put [1] n 0) :type-error)
  (check-error (random/bytes n) :type-error)
  (check-error (string/repeat "a" n) :type-error))
(each x in [nil "1" :k [1] (list 1) {} true]
  (each f in [inc dec abs min max integer float math/sqrt math/sin math/floor math/round math/trunc math/exp bit/not pos? neg?]
    (check-error (f x) :type-error))
  (each f in [math/pow math/atan2 math/fmod bit/and bit/or bit/xor bit/shl]
    (check-error (f 1 x) :type-error)
    (check-error (f x 1) :type-error))
  (check-error (range x) :type-error)
  (check-error (range 0 x) :type-error)
  (check-error (max 1 x) :type-error))

# --- what is not callable ------------------------------------------------------------------------------------------------------------
(each v in [nil 5 1.5 :k 'sym true (list 1) (box 1)]
  (check-says (v 1) :type-error "cannot call" (string (type-of v)))
  (check-error (map v [1]) :type-error)
  (check-error (apply v [1]) :type-error))
(check (map {:a 1} [:a :b]) [1 nil])
(check (filter |1| [1 2]) [1])
(check (map [10 20] [1 0]) [20 10])
(check (sort-by {1 2 2 1} [1 2]) [2 1])
(check-error ([1] "a") :type-error)
(check-error (apply [1] [0 1 2]) :arity-error)
(check-error (apply |1| []) :arity-error)
(check-error (apply {} []) :arity-error)
