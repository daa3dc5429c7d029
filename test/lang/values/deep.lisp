# Deeply nested data in every operation; test/stress/deep-data.lisp is the same with a million levels.
# timeout: 300
(include-file "../_check.lisp")
(def levels 10000)
(include-file "_deep.lisp")
(defn check-all []
  (each make in kinds
    (check-deep-reading (make) (make))
    (check-deep-building (make) (make)))
  (each make in kinds
    (check (one-of? |true| (fn [] (> (length (string [(make)])) 300))) true)
    (check (one-of? |true| (fn [] (string? (describe (make))))) true)
    (check (one-of? |true :stack-overflow :value-error| (fn [] (string? (json/serialize (make))))) true)))
(check-all)
(check (ev/join (ev/spawn (fn [] (check-all) :done))) :done)

# Text that is nested deeply, read and compiled.
(defn nested-text [open core close n] (string (string/repeat open n) core (string/repeat close n)))
(each [open core close] in [["(" "" ")"] ["[" "" "]"] ["{:a " "1" "}"] ["@[" "" "]"] ["(list " "" ")"] ["'" "a" ""] ["@{:a " "1" "}"]]
  (check (answer-of (fn [] (read (nested-text open core close 100)) :read)) :read)
  (check (one-of? |:read :read-error| (fn [] (read (nested-text open core close 100000)) :read)) true)
  (check (one-of? |:read :read-error| (fn [] (read-all (nested-text open core close 100000)) :read)) true)
  (check-error (read (string/repeat open 100000)) :read-error))
(each n in [100 10000 100000]
  (check (one-of? |true :eval-error| (fn [] (eval (list 'quote (nest n list))) true)) true)
  (check (one-of? |true :eval-error| (fn [] (eval (nest n (fn [v] (list 'list v)))) true)) true)
  (check (one-of? |true :eval-error| (fn [] (eval (list 'quote (nest n @array))) true)) true))
(each [open core close] in [["[" "" "]"] ["{\"a\":" "1" "}"]]
  (check (answer-of (fn [] (json/parse (nested-text open core close 100)) :parsed)) :parsed)
  (check (one-of? |:parsed :parse-error| (fn [] (json/parse (nested-text open core close 200000)) :parsed)) true))
(check (ev/join (ev/spawn (fn [] (one-of? |:parsed :parse-error| (fn [] (json/parse (nested-text "[" "" "]" 200000)) :parsed))))) true)
(check (ev/join (ev/spawn (fn [] (one-of? |:read :read-error| (fn [] (read (nested-text "[" "" "]" 200000)) :read))))) true)
