# std/regex: regular expressions through RE2. Matching takes time linear in the text and bounded memory, whatever the pattern: there
# is no backtracking, and so no lookaround and no back references. Patterns: the syntax of RE2 (as of Go and most others), with
# groups named (?<name>...) or (?P<name>...).
#
# Wherever a regex is wanted, a pattern string does too; it is compiled for that call.
#
# A match is a struct:
#   :text    what matched                    :start :end   where, in graphemes; :end is behind it
#   :groups  array of the texts of groups 1, 2, ...; nil for one that took no part
#   :named   struct of the named groups, by keyword
# A match that begins or ends inside a grapheme (a letter without its combining accent) covers it in :start and :end, and
# :text is exactly what matched.

(defn compile [pattern &named ignore-case multi-line dot-all literal max-memory]
  "The regex of a pattern string, to be used many times. Options: :ignore-case; :multi-line (^ and $ match at every line); :dot-all (.
matches newlines); :literal (the pattern is plain text); :max-memory, the bytes that it may take (8 MiB). A bad pattern raises
:regex-error with :reason, :pattern, :part, the :offset of the part in graphemes where that is known, and a :hint.
(regex:match? (regex:compile \"^b\" :multi-line true) \"a\\nb\") # => true"
  (%%regex-compile pattern ignore-case multi-line dot-all literal max-memory))

(defn regex-of [re]
  "The regex itself, or that of a pattern string."
  (if (string? re) (compile re) re))

(defn regex? [x]
  "Whether x is a compiled regex.
(regex:regex? (regex:compile \"a\")) # => true"
  (= (type-of x) :regex))

(defn match? [re s]
  "Whether re matches somewhere in s.
(regex:match? \"b+\" \"abc\") # => true"
  (%%regex-test "regex/match?" (regex-of re) s false))

(defn full-match? [re s]
  "Whether re matches all of s.
(regex:full-match? \"b+\" \"abc\") # => false"
  (%%regex-test "regex/full-match?" (regex-of re) s true))

(defn find [re s &opt from]
  "The first match in s, at or behind the grapheme `from`; nil if there is none.
(get (regex:find \"\\\\d+\" \"ab 42\") :start) # => 3"
  (%%regex-find "regex/find" (regex-of re) s (if (nil? from) 0 from)))

(defn find-all [re s &opt limit]
  "An array of the matches in s from left to right, at most `limit`. They do not overlap.
(map (fn [m] m:text) (regex:find-all \"\\\\d+\" \"1 22 333\")) # => [\"1\" \"22\" \"333\"]"
  (freeze (%%regex-pieces "regex/find-all" (regex-of re) s limit false)))

(defn groups-of [m]
  "What captures returns for a match."
  (if (empty? m:named) m:groups m:named))

(defn captures [re s]
  "What the groups of the first match hold: a struct if groups have names, else an array; nil without a match.
(regex:captures \"(?<key>\\\\w+)=(?<value>\\\\w+)\" \"a=1\") # => {:key \"a\" :value \"1\"}"
  (let [m (%%regex-find "regex/captures" (regex-of re) s 0)]
    (if m (groups-of m) nil)))

(defn captures-all [re s &opt limit]
  "What captures returns, for every match: an array.
(regex:captures-all \"(\\\\w)(\\\\d)\" \"a1 b2\") # => [[\"a\" \"1\"] [\"b\" \"2\"]]"
  (freeze (map groups-of (%%regex-pieces "regex/captures-all" (regex-of re) s limit false))))

(defn wrong-type [op expected value arg]
  (error {:error :type-error :got (type-of value) :arg arg
          :message (string op ": expected " expected ", got " (type-of value))}))

(defn replace-by [op re s f limit]
  "s with (f match) in place of each of the first `limit` matches."
  (unless (callable? f) (wrong-type op "string or function" f 2))
  (let [pieces (%%regex-pieces op re s limit true) n (length pieces)]
    (def @i 1) # text match text match ... text
    (while (< i n)
      (let [new (f (get pieces i))]
        (unless (string? new) (wrong-type op "a string from the function" new 2))
        (put pieces i new)
        (assign i (+ i 2))))
    (string/join pieces "")))

(defn replace-some [op re s with limit]
  (if (string? with)
    (%%regex-replace op (regex-of re) s with limit)
    (replace-by op (regex-of re) s with limit)))

(defn replace [re s with]
  "s with the first match replaced: by what the function `with` returns for the match, or by the string `with`, where $1 or ${1} is
group 1, $name or ${name} a named group, $0 the whole match, and $$ a dollar sign.
(regex:replace \"(\\\\w+)@(\\\\w+)\" \"me@home\" \"$2/$1\") # => \"home/me\""
  (replace-some "regex/replace" re s with 1))

(defn replace-all [re s with]
  "s with every match replaced, as `replace` does it.
(regex:replace-all \"[0-9]+\" \"1 and 22\" (fn [m] (string \"<\" m:text \">\"))) # => \"<1> and <22>\""
  (replace-some "regex/replace-all" re s with nil))

(defn split [re s &opt limit]
  "An array of what is between the matches, empty pieces included; at most `limit` pieces, the last of which is the rest. An empty
match at the start or the end separates nothing.
(regex:split \"[,;] *\" \"a, b;c\") # => [\"a\" \"b\" \"c\"]"
  (%%regex-split "regex/split" (regex-of re) s limit))

(defn escape [s]
  "The pattern that matches exactly the text s.
(regex:escape \"1+1\") # => \"1\\\\+1\""
  (%%regex-escape s))

(fn []
  {:compile compile
   :regex? regex?
   :match? match?
   :full-match? full-match?
   :find find
   :find-all find-all
   :captures captures
   :captures-all captures-all
   :replace replace
   :replace-all replace-all
   :split split
   :escape escape})
