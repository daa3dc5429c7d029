# Read errors: message and place (01 sections 8 and 9).
(include-file "../_check.lisp")
(include-file "_reading.lisp")

(check-why "(a" 1 1 "unterminated list")
(check-why "(a (b)" 1 1 "unterminated list")
(check-why "(a (b" 1 4 "unterminated list")
(check-why "[a\n (b)" 1 1 "unterminated array")
(check-why "{:a" 1 1 "unterminated struct")
(check-why "@{:a" 1 1 "unterminated struct")
(check-why "b[1" 1 1 "unterminated bytes")
(check-why "@b[1" 1 1 "unterminated bytes")
(check-why "|a" 1 1 "unterminated set")
(check-why "(a\n  [b\n    {c" 3 5 "unterminated struct")
(check-why "(a '" 1 1 "unterminated list")
(check-why ")" 1 1 "unexpected closing parenthesis")
(check-why "a ]" 1 3 "unexpected closing bracket")
(check-why "}" 1 1 "unexpected closing brace")
(check-why "(a]" 1 3 "unexpected closing bracket")
(check-why "(a]" 1 3 "1:1")
(check-why "[a\n b}" 2 3 "unexpected closing brace")
(check-why "[a\n b}" 2 3 "[ at 1:1")
(check-why "{a (b}" 1 6 "unexpected closing brace")
(check-why "é é )" 1 5 "unexpected closing")
(check-why "\t\t)" 1 3 "unexpected closing")
(check-why "😀😀 )" 1 4 "unexpected closing")
(check-why "#!/usr/bin\n)" 2 1 "unexpected closing")
(check-why "a\r\nb )" 2 3 "unexpected closing")

# read wants exactly one datum.
(check (read " # c\n x # d") 'x)
(check (read "  (a)  ") '(a))
(check (map (fn [s] (get (get (protect (read s)) 1) :error)) ["" " " "# c" "1 2" "a b" "'a b" "(a) (b)"])
       [:read-error :read-error :read-error :read-error :read-error :read-error :read-error])
(check (read-all "") ())
(check (read-all "1 # c") '(1))
(check (type-of (read-all "1")) :list)
(check-error (read 1) :type-error)
(check-error (read-all nil) :type-error)
(check (read @"(a)") '(a))
(let [[_ e] (protect (read "(a\n  12x)"))]
  (check (keys e) '(:col :error :line :message)))

# Reading evaluates nothing.
(check (read "(error :no)") '(error :no))
(check (read-all "(def x 1) ,y ;z") (list '(def x 1) (list 'unquote 'y) (list 'splice 'z)))

# Splice where it does not belong explains comments.
(check-compile "; a comment" "#")
(check-compile "(def x ;[1])" "#")
(check-compile "(let [x ;[1]] x)" "#")
(check-compile "(if ;[1] 2)" "#")

# Deep input ends in a diagnostic, in any fiber.
(defn nested [open n close] (string (string/repeat open n) "1" (string/repeat close n)))
(defn in-fiber [f] (protect (ev/join (ev/spawn f))))
(each [open close] in [["(" ")"] ["[" "]"] ["{:a " "}"] ["@[" "]"] ["@|" "|"] ["b[" "]"] ["'" ""] ["`" ""] ["," ""] [";" ""]]
  (let [[ok? e] (in-fiber (fn [] (read (nested open 100000 close))))]
    (check [ok? (get e :error)] [false :read-error])
    (check (string/contains? (get e :message) "levels deep") true))
  (check [open (get (in-fiber (fn [] (read (nested open 9999 close)))) 0)] [open (not= open "b[")])) # b[b[1]] is no datum
(each [open close] in [["(do " ")"] ["[" "]"] ["(if 1 " " 2)"] ["(let [x 1] " ")"] ["(fn [] " ")"] ["(when 1 " ")"] 
                       ["(match 1 1 " " _ 2)"] ["(-> " ")"] ["(try " " (catch e e))"]]
  (let [[ok? e] (in-fiber (fn [] (eval (read (nested open 8000 close)))))]
    (check [open ok? (get e :error)] [open false :eval-error])))
