# 05 sections 5 and 11: string/format, JSON; 02 section 7: pp and describe.
(include-file "../_check.lisp")
(def f string/format)

(check [(f "") (f "abc") (f "{}" 1) (f "{}{}" 1 2) (f "{{}}") (f "{{{}}}" 1) (f "}}{{") (f "é{}é" "x")] ["" "abc" "1" "12" "{}" "{1}" "}{" "éxé"])
(check [(f "{}" nil) (f "{}" :k) (f "{}" 'sym) (f "{}" "s") (f "{}" [1 "a" :b]) (f "{}" b[104]) (f "{}" 1.0) (f "{}" {}) (f "{}" @"x")]
       ["nil" "k" "sym" "s" "[1 \"a\" :b]" "h" "1.0" "{}" "x"])
(check [(f "{a}" :a 1) (f "{a}{b}{a}" :a 1 :b 2) (f "{b}{a}" :a 1 :b 2) (f "{a:03d}" :a 7)] ["1" "121" "21" "007"])
(check [(f "{:d}" 42) (f "{:d}" -3.9) (f "{:5d}|" 42) (f "{:<5d}|" 42) (f "{:^6d}|" 42) (f "{:05d}" -42) (f "{:*>5d}" 7) (f "{:1d}" 12345)]
       ["42" "-3" "   42|" "42   |" "  42  |" "-0042" "****7" "12345"])
(check [(f "{:x}" 255) (f "{:X}" 255) (f "{:o}" 8) (f "{:b}" 5) (f "{:x}" -255) (f "{:08b}" 5) (f "{:b}" -5) (f "{:x}" -9223372036854775808) (f "{:x}" 0)]
       ["ff" "FF" "10" "101" "-ff" "00000101" "-101" "-8000000000000000" "0"])
(check [(f "{:f}" 3) (f "{:f}" 2.5) (f "{:.2f}" 2.0) (f "{:.0f}" 2.5) (f "{:.3f}" 1) (f "{:8.2f}" -1.5) (f "{:08.2f}" -1.5) (f "{:.1f}" 0.05) (f "{:.2f}" 1e21)]
       ["3.0" "2.5" "2.00" "2" "1.000" "   -1.50" "-0001.50" "0.1" "1000000000000000000000.00"])
(check [(f "{:e}" 1000.0) (f "{:e}" 1) (f "{:e}" 0.00015) (f "{:.2e}" 12345.678) (f "{:e}" -2.5)] ["1e3" "1e0" "1.5e-4" "1.23e4" "-2.5e0"])
(check [(f "{:s}" "ab") (f "{:5s}|" "ab") (f "{:>5}|" "ab") (f "{:^5}|" "ab") (f "{:-^6}|" "ab") (f "{:.1}" "abc") (f "{:3.1}|" "abc") (f "{:5}|" :k) (f "{:5}|" 1)]
       ["ab" "ab   |" "   ab|" " ab  |" "--ab--|" "a" "a  |" "k    |" "    1|"])
(check [(f "{:5}|" nil) (f "{:é<3}|" "a") (f "{:<<3}|" "a") (f "{:05}" 42) (f "{:05}" -4.5)] ["nil  |" "aéé|" "a<<|" "00042" "-04.5"])
(each g in [(fn [] (f "{}")) (fn [] (f "{}" 1 2)) (fn [] (f "x" 1)) (fn [] (f "{a}")) (fn [] (f "{a}" :b 1)) (fn [] (f "{a}" :a 1 :b 2)) (fn [] (f "{a}" :a))
            (fn [] (f "{} {a}" 1 :a 2)) (fn [] (f "{a} {}" :a 1)) (fn [] (f "{")) (fn [] (f "}")) (fn [] (f "{}}" 1)) (fn [] (f "{{}" 1)) (fn [] (f "{:q}" 1))
            (fn [] (f "{:d}" "a")) (fn [] (f "{:x}" nil)) (fn [] (f "{:f}" :k)) (fn [] (f "{:e}" [1])) (fn [] (f "{:s}" 1)) (fn [] (f "{:s}" 1.5)) (fn [] (f "{:.}" "a"))
            (fn [] (f "{:5x5}" 1)) (fn [] (f "{a" :a 1)) (fn [] (f "{:dd}" 1)) (fn [] (f "{:.2d.}" 1))]
  (check-error (g) :format-error))
(check-error (f "{a}" "a" 1) :type-error)
(check-error (f "{a}" 1 2) :type-error)
(check-error (f :k) :type-error)
(check-error (f nil) :type-error)
(check-says (f "{}") :format-error "string/format")

# --- JSON -------------------------------------------------------------------------------------------------------------------------------
(defn round-trip [v] (json/parse (json/serialize v)))
(check [(json/serialize nil) (json/serialize true) (json/serialize -5) (json/serialize 1.0) (json/serialize 1e21) (json/serialize "é\"\\\n\t\x01") (json/serialize :k) (json/serialize @"s")]
       ["null" "true" "-5" "1.0" "1e21" "\"é\\\"\\\\\\n\\t\\u0001\"" "\"k\"" "\"s\""])
(check [(json/serialize []) (json/serialize ()) (json/serialize {}) (json/serialize ||) (json/serialize [1 [2]]) (json/serialize (list 1 2)) (json/serialize |2 1|) (json/serialize @{:a @[1]})]
       ["[]" "[]" "{}" "[]" "[1,[2]]" "[1,2]" "[1,2]" "{\"a\":[1]}"])
(check (json/serialize {:b 1 "a" 2 :a 3}) "{\"a\":3,\"b\":1,\"a\":2}")
(each v in [(math/nan) (math/inf) (math/-inf) 'sym b[1] + (fn [] 1) (box 1) {1 2} {nil 1} {'a 1} [1 [(math/nan)]] {:a {:b 'x}} (pair 1 2)]
  (check-error (json/serialize v) :value-error)
  (check-error (json/pretty v) :value-error))
(check (json/pretty {:b [1 2] :a {} :c []}) "{\n  \"a\": {},\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": []\n}")
(check [(json/pretty 1) (json/pretty [])] ["1" "[]"])
(check [(json/parse "null") (json/parse " true ") (json/parse "-0") (json/parse "1e2") (json/parse "1.0") (json/parse "9223372036854775807") (json/parse "9223372036854775808") (json/parse "\"\"")]
       [nil true 0 100.0 1.0 9223372036854775807 9223372036854775808.0 ""])
(check [(json/parse "[]") (json/parse "{}") (json/parse "[1,[2,{}]]") (json/parse "{\"a\":1,\"a\":2}") (json/parse "{\"a\":{\"b\":[]}}" :keys :keyword) (json/parse "{\"a\":1}" :keys :string)]
       ['() @{} (list 1 (list 2 @{})) @{"a" 2} @{:a @{:b ()}} @{"a" 1}])
(check (json/parse "\"\\u00e9\\ud83d\\ude00\\n\\/\\\"\"") "é😀\n/\"")
(check (json/parse "\"é😀\"") "é😀")
(each text in ["" " " "[" "]" "{" "[1," "[1,]" "[,1]" "{\"a\"}" "{\"a\":}" "{a:1}" "{\"a\":1,}" "01" "+1" "1." ".5" "1e" "--1" "0x1" "tru" "nul" "True" "NaN" "Infinity" "'a'" "\"a" "\"\n\""
               "\"\\x\"" "\"\\u12\"" "\"\\ud800\"" "\"\\udc00\"" "1 2" "[1] x" "{\"a\" 1}" "[1 2]" "\"\t\"" "// c" "[1]]"]
  (check-error (json/parse text) :parse-error)
  (check (integer? (get (get (protect (json/parse text)) 1) :offset)) true))
(check (get (get (protect (json/parse "[1,x]")) 1) :offset) 3)
(check-error (apply json/parse ["{}" :keys]) :arity-error)
(check-error (json/parse "{}" :keys :other) :argument-error)
(check-error (json/parse "{}" :other :keyword) :argument-error)
(check-error (json/parse nil) :type-error)
(each v in [nil true 1 -1.5 "x" "é\u{1F468}\u{200D}\u{1F469}" (list 1 (list)) @{"a" (list @{"b" nil})} (list 1e21 1e-7 5e-324)]
  (check (round-trip v) v))
(check (json-parse (json-serialize [1])) '(1))
(check (json-serialize-pretty 1) "1")

# --- pp, describe --------------------------------------------------------------------------------------------------------------------------
(defn printed [g]
  (def path (string "/tmp/evjit-format-" (get (subprocess/exec "true" []) :pid)))
  (let [port (port/open path :write)]
    (parameterize ((*stdout* port)) (g))
    (port/close port)
    (let [text (file/read path)] (file/delete path) text)))
(check (printed (fn [] (pp "a\nb"))) "\"a\\nb\"\n")
(check (printed (fn [] (pp :k) (pp nil) (pp [1 "x"]))) ":k\nnil\n[1 \"x\"]\n")
(check (printed (fn [] (check (pp [1]) [1]))) "[1]\n")
(def wide (map (fn [i] (string/repeat (string i) 30)) (range 3)))
(check (printed (fn [] (pp wide))) (string "[\n  \"" (get wide 0) "\"\n  \"" (get wide 1) "\"\n  \"" (get wide 2) "\"\n]\n"))
(check (printed (fn [] (pp (thaw wide)))) (string "@[\n  \"" (get wide 0) "\"\n  \"" (get wide 1) "\"\n  \"" (get wide 2) "\"\n]\n"))
(check (printed (fn [] (pp {:k wide :a 1}))) (string "{\n  :a 1\n  :k [\n    \"" (get wide 0) "\"\n    \"" (get wide 1) "\"\n    \"" (get wide 2) "\"\n  ]\n}\n"))
(check (all? (fn [line] (<= (length line) 80)) (string/split (printed (fn [] (pp (map (fn [i] {:index i :name (string "n" i) :list (list i i i)}) (range 50))))) "\n")) true)
(check (read (printed (fn [] (pp (range 200))))) (range 200))
(check (let [a @[(get wide 0) (get wide 1) (get wide 2)]] (push a a) (last (butlast (string/split (printed (fn [] (pp a))) "\n")))) "]")
(check (printed (fn [] (print) (print "a" :b 'c 1 nil) (println) (println [1 "a"] "b"))) "abc1nil\n[1 \"a\"]b\n")
(check (map describe [5 -1.5 "abc" "" @"é" [1 2] @[] (list 1) () (pair 1 2) {:a 1} @{} |1| b[1 2] @b[] nil true :k 'sym + (fn [a &opt b] a) (fn [& r] r)])
       ["<integer 5>" "<float -1.5>" "<string \"abc\" (3 chars)>" "<string \"\" (0 chars)>" "<@string \"é\" (1 char)>" "<array (2 elements)>" "<@array (0 elements)>"
        "<list (1 element)>" "<list (0 elements)>" "<list (improper)>" "<struct (1 entry)>" "<@struct (0 entries)>" "<set (1 element)>" "<bytes (2 bytes)>" "<@bytes (0 bytes)>"
        "<nil>" "<boolean true>" "<keyword :k>" "<symbol sym>" "<native-fn + (arity 0+)>" "<closure (arity 1-2)>" "<closure (arity 0+)>"])
(check (string [+ (fn [] 1) (fiber/new (fn [] 1) 0) (box [1 "a"]) (make-parameter :k)]) "[<native-fn +> <fn> <fiber:new> <box [1 \"a\"]> <parameter :k>]")
(check [(string) (string nil) (string true 1 :a 'b "c" 1.0) (string () [] {} ||) (string [() [] {} || b[] @"" @[] @{} @|| @b[]])]
       ["" "nil" "true1abc1.0" "()[]{}||" "[() [] {} || b[] @\"\" @[] @{} @|| @b[]]"])
(check (string {:k "v" "s" :w 'q nil}) "{q nil :k \"v\" \"s\" :w}")
(check (string |"b" :a 'c|) "|c :a \"b\"|")
(check (string '(quote x) " " ''x " " '(quasiquote (a (unquote b)))) "(quote x) (quote x) (quasiquote (a (unquote b)))")
(each v in [nil true -7 1.5 :k "s\"\\\n\x00" @"m" [1 [2]] @[1] {:a {"b" 'x}} @{} |1 :a| @|| b[1 255] @b[] (list) '(1 2) ['a:b :a:b :@set]]
  (check (= (eval (read (string "(quote " (slice (string [v]) 1 -1) ")"))) v) true))
