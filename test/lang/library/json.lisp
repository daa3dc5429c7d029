# JSON (05 section 11) beyond the examples: what is accepted, where errors are, limits, what is written.
# stderr: ^$
(include-file "../_check.lisp")

(defn fault [text]
  "[offset line col reason] of the error in a text."
  (try [:no-error (json/parse text)]
    (catch e (if (= e:error :parse-error) [e:offset e:line e:col e:reason] e))))

# --- values ----------------------------------------------------------------------------------------------------------------
(check (json/parse "null") nil)
(check (json/parse " \t\r\n true\n") true)
(check (json/parse "false") false)
(check (json/parse "\"\"") "")
(check (json/parse "[]") ())
(check (json/parse "{}") @{})
(check (json/parse "[[],{},[[]]]") (list () @{} (list ())))
(check (json/parse "[1,-2.5e1,true,null,\"x\"]") (list 1 -25.0 true nil "x"))
(check (json/parse "{\"a\":{\"b\":[{}]}}") @{"a" @{"b" (list @{})}})
(check (json/parse "{\"a\":1,\"b\":2,\"a\":3}") @{"a" 3 "b" 2})
(check (json/parse "{\"\":1}") @{"" 1})
(check (json/parse "{\"a b\":1}" :keys :keyword) (let [s @{}] (put s (keyword "a b") 1) s))
(check (json/parse "{\"a\":{\"b\":1}}" :keys :keyword) @{:a @{:b 1}})
(check (json/parse "{\"a\":1}" :keys :string) @{"a" 1})
(check (json/parse @"[1]") (list 1))
(check (immutable? (json/parse "[\"a\"]")) true)

# --- numbers ---------------------------------------------------------------------------------------------------------------
(check (json/parse "[0,-0,7,-7]") (list 0 0 7 -7))
(check (json/parse "-0.0") -0.0)
(check (json/parse "[1.0,1e2,1E+2,1.5e-3]") (list 1.0 100.0 100.0 0.0015))
(check (json/parse "[9223372036854775807,-9223372036854775808]") (list 9223372036854775807 -9223372036854775808))
(check (json/parse "[9223372036854775808,-9223372036854775809]") (list 9223372036854775808.0 -9223372036854775808.0))
(check (json/parse "12345678901234567890123") 1.2345678901234568e22)
(check (json/parse "0.1") 0.1)
(check (json/parse "2.2250738585072011e-308") 2.225073858507201e-308)
(check (json/parse "1.7976931348623157e308") 1.7976931348623157e308)
(check (json/parse "9007199254740993.0") 9007199254740992.0)
(check (json/parse "1e-400") 0.0)
(check (json/parse "0.3000000000000000444089209850062616169452667236328125") 0.30000000000000004)
(check (fault "1e400") [0 1 1 :too-large])
(check (fault (string "[" (string/repeat "9" 400) "]")) [1 1 2 :too-large])
(each bad in ["01" "-" "+1" ".5" "1." "1.e3" "1e" "1e+" "0x10" "--1" "NaN" "Infinity" "-Infinity" "1_000" "\u{661}"]
  (check (get (get (protect (json/parse bad)) 1) :error) :parse-error))
(check [(fault "1.") (fault "[1e]") (fault "[-]") (fault "[01]")] [[2 1 3 nil] [3 1 4 nil] [2 1 3 nil] [2 1 3 nil]])

# --- strings ---------------------------------------------------------------------------------------------------------------
(check (json/parse "\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t\"") "\" \\ / \u{8} \u{c} \n \r \t")
(check (json/parse "\"\\u0041\\u00e9\\u20ac\"") "Aé€")
(check (json/parse "\"\\ud83d\\ude00\"") "\u{1F600}")
(check (length (json/parse "\"\\u0000\"")) 1)
(check (json/parse "\"né 日本 \u{1F600} \u{2028}\"") "né 日本 \u{1F600} \u{2028}")
(check (json/parse "\"\u{7f}\"") "\u{7f}")
(check (json/parse (string "\"" (string/repeat "abcdefghijklmnop\\n" 1000) "\"")) (string/repeat "abcdefghijklmnop\n" 1000))
(each bad in ["\"" "\"a" "\"\\" "\"\\x\"" "\"\\u12\"" "\"\\u12g4\"" "\"\\ud800\"" "\"\\ud800x\"" "\"\\ud800\\n\"" "\"\\ud800\\u0041\"" "\"\\udc00\""
              "'a'" "\"\n\"" "\"\t\"" "\"\u{0}\""]
  (check (get (get (protect (json/parse bad)) 1) :error) :parse-error))

# --- structure, and where the error is ---------------------------------------------------------------------------------------
(each bad in ["" " " "," "[" "]" "{" "}" "[1" "[1,]" "[,1]" "[1 2]" "[1,,2]" "{\"a\"}" "{\"a\":}" "{\"a\":1,}" "{a:1}" "{1:2}" "{\"a\" 1}" "{,}" "[1}"
              "nul" "tru" "truee" "True" "nullx" "1 2" "[] []" "{} x" "[1] //" "/* */ 1" "\u{FEFF}1" "[1]\u{0}" "\u{0}" "1\u{0}" "@[1]"]
  (check (get (get (protect (json/parse bad)) 1) :error) :parse-error))
(check (fault "") [0 1 1 nil])
(check (fault "[1, x]") [4 1 5 nil])
(check (fault "[1,\n {\"a\" 2}]") [10 2 7 nil])
(check (fault "{\"a\":1} x") [8 1 9 nil])
(check (fault "[\"éé日\", x]") [8 1 9 nil])
(check (fault "[1]\u{0}2") [3 1 4 nil])
(check (get (get (protect (json/parse "[1, x]")) 1) :message) "json/parse: unexpected character at offset 4")
(check (get (get (protect (json/parse "[1")) 1) :message) "json/parse: expected , or ] at offset 2")
(check (get (get (protect (json/parse "\"\\ud800\"")) 1) :message) "json/parse: invalid \\u escape: half of a surrogate pair at offset 1")
(check [(fault "\"\\ud800\"") (fault "[1,\"ab\\udc00\"]")] [[1 1 2 nil] [3 1 4 nil]])
(check-error (json/parse nil) :type-error)
(check-error (json/parse b[91 93]) :type-error)
(check-error (json/parse "1" :keys) :arity-error)
(check-error (json/parse "1" :keys :symbol) :argument-error)
(check-error (json/parse "1" :other true) :argument-error)

# --- depth -----------------------------------------------------------------------------------------------------------------
(defn nested [n] (string (string/repeat "[" n) (string/repeat "]" n)))
(check (json/serialize (json/parse (nested 10000))) (nested 10000))
(check (fault (nested 10001)) [10000 1 10001 :too-deep])
(check (fault (nested 1000000)) [10000 1 10001 :too-deep])
(check (get (fault (string/repeat "[" 1000000)) 3) :too-deep)
(check (get (fault (string/repeat "{\"a\":" 1000000)) 3) :too-deep)
(check (get (fault (string/repeat "[{\"a\":" 100000)) 3) :too-deep)
(check-error (json/parse (string/repeat "[" 9999)) :parse-error)
(check-error (json/serialize (fold (fn [v i] [v]) [] (range 10000))) :value-error)
(check (length (json/parse (string "[" (string/join (map (constantly "[[1]]") (range 20000)) ",") "]"))) 20000)

# --- writing -----------------------------------------------------------------------------------------------------------------
(check (json/serialize [nil true false 1 -1 1.5 1e21 "a" :k]) "[null,true,false,1,-1,1.5,1e21,\"a\",\"k\"]")
(check (json/serialize (list 3.0 |2 1| @[] {} @{} ())) "[3.0,[1,2],[],{},{},[]]")
(check (json/serialize {:b 1 "a" @"s"}) "{\"b\":1,\"a\":\"s\"}") # keywords stand before strings
(check (json/serialize "\"\\/\u{8}\u{c}\n\r\t\u{1}\u{1f}é\u{1F600}") "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001fé\u{1F600}\"")
(check (json/pretty {:a [1 {}] :b {:c nil}}) "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}")
(each bad in ['a b[1] inc {1 2} {'s 1} (math/nan) (math/inf) (math/-inf) (pair 1 2) (box 1)]
  (check-error (json/serialize bad) :value-error)
  (check-error (json/pretty [bad]) :value-error))
(check-error (let [a @[]] (push a [a]) (json/serialize a)) :value-error)

# --- there and back --------------------------------------------------------------------------------------------------------
(each text in ["[]" "{}" "[[[]]]" "{\"a\":[1,2.5,{\"b\":null}],\"c\":\"\\u0001é\"}" "[1e21,0.1,1e-8,123456789.0]" "\"\\\"\""]
  (check (json/serialize (json/parse text)) text)
  (check (json/parse (json/pretty (json/parse text))) (json/parse text)))
