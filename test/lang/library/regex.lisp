# std/regex.
(include-file "../_check.lisp")
(def regex ((import "std/regex")))
(defn texts [ms] (map (fn [m] m:text) ms))
(defn spans [ms] (map (fn [m] [m:start m:end]) ms))
(defn fault [thunk] (try (begin (thunk) :no-error) (catch {:error kind :reason reason} [kind reason])))

# --- compiled values ---------------------------------------------------------------------------------------------------------
(def digits (regex:compile "\\d+"))
(check (string digits) "<regex \\d+>")
(check [(type-of digits) (regex:regex? digits) (regex:regex? "\\d+")] [:regex true false])
(check (identical? digits (regex:compile digits)) true)
(check (= digits (regex:compile "\\d+")) false)
(check (regex:regex? (regex:compile "")) true)

# --- match? ------------------------------------------------------------------------------------------------------------------
(check [(regex:match? digits "a1") (regex:match? digits "a") (regex:match? "^b" "ab") (regex:match? "" "")] [true false false true])
(check [(regex:full-match? "a|ab" "ab") (regex:full-match? digits "12a") (regex:full-match? "a*" "")] [true false true])
(check (regex:match? "é+" @"caféé") true)
(check (regex:match? (regex:compile "HELLO" :ignore-case true) "say hello") true)
(check (regex:match? (regex:compile "ÉTÉ" :ignore-case true) "été") true)
(check [(regex:match? "^b$" "a\nb\nc") (regex:match? (regex:compile "^b$" :multi-line true) "a\nb\nc")] [false true])
(check [(regex:match? "a.b" "a\nb") (regex:match? (regex:compile "a.b" :dot-all true) "a\nb")] [false true])
(check [(regex:match? (regex:compile "a.b" :literal true) "a.b") (regex:match? (regex:compile "a.b" :literal true) "axb")] [true false])
(check (regex:match? (regex:compile "(?<" :literal true) "x(?<y") true)
(check (regex:match? "(?i)ABC" "xabc") true)
(check (regex:match? "\\pL\\p{Greek}" "aλ") true)

# --- find, find-all, positions in graphemes -----------------------------------------------------------------------------------
(check (regex:find digits "ab 42 7") {:end 5 :groups [] :named {} :start 3 :text "42"})
(check (regex:find digits "abc") nil)
(check (get (regex:find digits "1 22 333" 1) :text) "22")
(check (get (regex:find digits "1 22 333" 3) :text) "2")
(check (regex:find digits "12" 2) nil)
(check (regex:find "" "ab" 2) {:end 2 :groups [] :named {} :start 2 :text ""})
(check (regex:find "" "ab" 3) nil)
(check (regex:find "^a" "aa" 1) nil) # `from` is no new beginning
(check (get (regex:find "\\bb" "ab b" 1) :start) 3)
(check (spans (regex:find-all "[0-9]" "é1\u{1F469}\u{200D}\u{1F467}2e\u{301}3")) [[1 2] [3 4] [5 6]])
(check (let [s "日本 42 é" m (regex:find digits s)] (slice s m:start m:end)) "42")
# A match inside a grapheme: the positions cover it, the text is what matched.
(check (regex:find "e" "xe\u{301}y") {:end 2 :groups [] :named {} :start 1 :text "e"})
(check (spans (regex:find-all "." "e\u{301}a")) [[0 1] [0 1] [1 2]])
(check (spans (regex:find-all "\\n" "a\r\nb")) [[1 2]])
(check (texts (regex:find-all "a+" "caaat a aa")) ["aaa" "a" "aa"])
(check (regex:find-all "x" "abc") [])
(check (texts (regex:find-all digits "1 2 3 4" 2)) ["1" "2"])
(check (regex:find-all digits "1 2" 0) [])
(check (spans (regex:find-all "a*" "baac")) [[0 0] [1 3] [4 4]])
(check (spans (regex:find-all "" "éx")) [[0 0] [1 1] [2 2]])
(check (texts (regex:find-all "a|ab" "abab")) ["a" "a"])
(check (type-of (regex:find-all "a" "a")) :array)

# --- captures ------------------------------------------------------------------------------------------------------------------
(check (regex:captures "(\\d+)-(\\d+)" "tel 12-345") ["12" "345"])
(check (regex:captures "(a)|(b)" "b") [nil "b"])
(check (regex:captures "(a*)b" "b") [""])
(check (regex:captures "x(y)" "abc") nil)
(check (regex:captures "abc" "abc") [])
(check (regex:captures "(?<year>\\d{4})-(?<month>\\d\\d)" "on 2026-11-24") {:month "11" :year "2026"})
(check (regex:captures "(?P<a>x)|(?P<b>y)" "y") {:a nil :b "y"})
(check (regex:captures-all "(?<k>\\w)=(?<v>\\d)" "a=1 b=2") [{:k "a" :v "1"} {:k "b" :v "2"}])
(check (regex:captures-all "(\\w)(\\d)" "a1 b2 c3" 2) [["a" "1"] ["b" "2"]])
(check (regex:find "(?<n>\\d)(x)?" "a5") {:end 2 :groups ["5" nil] :named {:n "5"} :start 1 :text "5"})
# (?< is translated outside of classes and escapes only.
(check (regex:captures "[(?<a>]+(?<a>x)" "(?<x") {:a "x"})
(check (regex:captures "[]?<](?<a>x)" "]x") {:a "x"})
(check (regex:captures "\\(?<b>(?<a>x)" "<b>x") {:a "x"})
(check (regex:captures "\\Q(?<b>\\E(?<a>x)" "(?<b>x") {:a "x"})

# --- replace ---------------------------------------------------------------------------------------------------------------------
(check (regex:replace "a" "banana" "A") "bAnana")
(check (regex:replace-all "a" "banana" "A") "bAnAnA")
(check (regex:replace-all "x" "abc" "y") "abc")
(check (regex:replace-all "(\\w+) (\\w+)" "one two" "$2 $1") "two one")
(check (regex:replace-all "(?<a>\\d)(?<b>\\d)" "12 34" "${b}$a") "21 43")
(check (regex:replace "(a)(b)?" "ac" "[$0|$1|$2]") "[a|a|]c")
(check (regex:replace "\\d+" "5 EUR" "$$$0") "$5 EUR")
(check (regex:replace "(a)" "a" "$1st ${1}0") "ast a0")
(check (regex:replace "a" "a" "\\1 & $") "\\1 & $")
(check (regex:replace-all "" "abc" "-") "-a-b-c-")
(check (regex:replace-all "a*" "baac" "x") "xbxcx")
(check (regex:replace-all "e\u{301}|日" "日e\u{301}!" "*") "**!")
(check (regex:replace-all "\\d+" "1 and 22" (fn [m] (string (* 2 (parse-int m:text))))) "2 and 44")
(check (regex:replace "\\d+" "1 and 22" (fn [m] "n")) "n and 22")
(check (regex:replace-all "(?<w>\\w+)" "a b" (fn [m] (string m:named:w "@" m:start))) "a@0 b@2")
(check (regex:replace-all "\\w+" "a b" (fn [m] (ev/sleep 0) (string/upcase m:text))) "A B")
(check (regex:replace-all "x" "" (fn [m] "y")) "")
(check-error (regex:replace "a" "a" "$2") :argument-error)
(check-error (regex:replace "a" "a" "${name}") :argument-error)
(check-error (regex:replace "(a)" "a" "${1") :argument-error)
(check-error (regex:replace "a" "a" 5) :type-error)
(check-error (regex:replace-all "a" "a" (fn [m] 5)) :type-error)
(check-error (regex:replace-all "a" "a" (fn [m] (error {:error :mine}))) :mine)

# --- split -----------------------------------------------------------------------------------------------------------------------
(check (regex:split "[,;] *" "a, b;c") ["a" "b" "c"])
(check (regex:split "," ",a,,b,") ["" "a" "" "b" ""])
(check (regex:split "," "") [""])
(check (regex:split "x" "abc") ["abc"])
(check (regex:split "" "aé日") ["a" "é" "日"])
(check (regex:split "," "a,b,c,d" 2) ["a" "b,c,d"])
(check (regex:split "," "a,b" 1) ["a,b"])
(check (regex:split "," "a,b" 0) [])
(check (regex:split "\\s+" " a  b ") ["" "a" "b" ""])
(check (regex:split "a*" "abaabaccadaaae") ["" "b" "b" "c" "c" "d" "e"])

# --- escape ----------------------------------------------------------------------------------------------------------------------
(each s in ["a.b" "1+1=2?" "[x](y){2}|^$\\" "é 日" "" "\n\t" "(?<n>)"]
  (check (regex:full-match? (regex:escape s) s) true))
(check (regex:match? (regex:escape "a.b") "axb") false)

# --- errors ----------------------------------------------------------------------------------------------------------------------
(check (map (fn [p] (fault (fn [] (regex:compile p))))
            ["a(b" "a)b" "[a" "a**" "*a" "a{1001}" "a{2,1}" "\\" "\\q" "[z-a]" "[[:nope:]]" "\\p{Nope}" "(?=a)" "(?<=a)" "(a)\\1" "(?<a>x)(?<a>y)" "(?<1 >x)"])
       [[:regex-error :missing-paren] [:regex-error :unexpected-paren] [:regex-error :missing-bracket] [:regex-error :bad-repeat]
        [:regex-error :nothing-to-repeat] [:regex-error :bad-repeat] [:regex-error :bad-repeat] [:regex-error :trailing-backslash]
        [:regex-error :bad-escape] [:regex-error :bad-range] [:regex-error :bad-class] [:regex-error :bad-class]
        [:regex-error :unsupported] [:regex-error :unsupported] [:regex-error :bad-escape] [:regex-error :bad-name] [:regex-error :bad-name]])
(def problem (get (protect (regex:compile "é[z-a]")) 1))
(check [problem:pattern problem:part problem:offset problem:message (string? problem:hint)]
       ["é[z-a]" "z-a" 2 "regex/compile: bad range in a class: z-a" true])
(check (fault (fn [] (regex:compile "((a{100}){100}){100}"))) [:regex-error :bad-repeat])
(check (fault (fn [] (regex:compile "a{1000}b{1000}c{1000}" :max-memory 10000))) [:regex-error :too-large])
(check (fault (fn [] (regex:match? "(" "a"))) [:regex-error :missing-paren])
(check-error (regex:compile 5) :type-error)
(check-error (regex:compile "a" :max-memory 0) :argument-error)
(check-error (regex:compile "a" :max-memory "1") :type-error)
(check-error (regex:compile "a" :ignorecase true) :argument-error)
(check-error (regex:match? 5 "a") :type-error)
(check-error (regex:match? "a" :a) :type-error)
(check-error (regex:match? "a" b[97]) :type-error)
(check-error (regex:find "a" "a" -1) :argument-error)
(check-error (regex:find "a" "a" 1.0) :type-error)
(check-error (regex:find-all "a" "a" -1) :argument-error)
(check-error (regex:split "a" nil) :type-error)
(check-error (regex:escape 5) :type-error)
(check (get (get (protect (regex:find 5 "a")) 1) :message) "regex/find: expected regex or string, got integer")

# --- linear time: what takes a backtracking matcher for ever --------------------------------------------------------------------
(def hostile (string/repeat "a" 50000))
(check (regex:match? "(a*)*b" hostile) false)
(check (regex:match? "(a|aa)+$" (string hostile "b")) false)
(check (regex:full-match? (string (string/repeat "a?" 200) (string/repeat "a" 200)) (string/repeat "a" 200)) true)
(check (length (regex:find-all "a" hostile)) 50000)
(check (length (regex:split "" (string/repeat "é" 20000))) 20000)

# --- many compiled ones are freed ------------------------------------------------------------------------------------------------
(check (fold (fn [n i] (if (regex:match? (string "x" i "$") (string "ax" i)) (+ n 1) n)) 0 (range 3000)) 3000)
