# The standard macros that the expander does not know by itself (03). The files of the prelude form one unit, compiled with
# evjit; every top-level name becomes a builtin, every macro a standard macro. Names that start with %% are not for programs.
#
# Macro bodies run while the prelude itself is being compiled, so they use primitives and special forms only, never
# functions of the prelude; what a template refers to may be defined later in the prelude.

# --- small forms -----------------------------------------------------------------------------------------------------
(defmacro yield (&opt value)
  "(yield value?): suspends the fiber with the signal :yield; the value is what the resumer passes."
  `(emit :yield ,value))

(defmacro yield* (fiber)
  "(yield* fiber): yields everything that fiber yields, passes resume values on to it; the value is its return value."
  `(%%yield-from ,fiber))

(defmacro default (name value)
  "(default name value): assigns value to the mutable name if it is nil."
  `(if (nil? ,name) (assign ,name ,value) nil))

(defmacro with (name ctor dtor & body)
  "(with name ctor dtor body*): binds name to ctor, runs the body and calls (dtor name) however the body is left."
  `(let [resource ,ctor]
     (let [,name resource]
       (defer (,dtor resource) ,;body))))

(defmacro case (value & clauses)
  "(case value k1 e1 ... default?): the expression behind the first key that = the value."
  (def out @[])
  (def @todo clauses)
  (while (pair? todo)
    (if (pair? (rest todo))
      (begin (push out `(= subject ,(first todo)))
             (push out (second todo))
             (assign todo (rest (rest todo))))
      (begin (push out (first todo))
             (assign todo ()))))
  # no let: a def in a clause belongs to the scope around the case
  `(begin (def subject ,value) (cond ,;out)))

# --- loops --------------------------------------------------------------------------------------------------------------
(defmacro forever (& body)
  "(forever body*): repeats the body until a break."
  `(while true nil ,;body))

(defmacro repeat (n & body)
  "(repeat n body*): runs the body n times."
  `(let [limit (%%repeat-count ,n) @round 0]
     (while (< round limit)
       (assign round (+ round 1))
       ,;body)))

# One loop for every kind of collection. `view` is what %%each-view makes of it: an indexed collection (strings, structs and
# sets as an array), the list itself, or the fiber. `at` is the index, or what is left of the list, or the fiber. A mutable array
# may shrink meanwhile, so its length is looked at again.
(defmacro each (pattern & more)
  "(each pattern in coll body*): the body once per element of coll, or per value that the fiber coll yields."
  (unless (pair? more)
    (error "each: expected (each pattern in coll body*)"))
  (def sugar? (and (= (syntax->datum (first more)) 'in) (pair? (rest more)) (pair? (rest (rest more)))))
  (def coll (if sugar? (second more) (first more)))
  (def body (if sugar? (rest (rest more)) (rest more)))
  `(let [view (%%each-view ,coll)
         count (%%each-length view)
         shrinks (mutable? view)
         @at (if count 0 view)]
     (while (if count
              (if (< at count) (if shrinks (< at (length view)) true) false)
              (if (pair? at) true (%%each-more? at)))
       (let [,pattern (if count (%%seq-ref view at) (if (pair? at) (first at) (fiber/value at)))]
         (assign at (if count (+ at 1) (if (pair? at) (rest at) at)))
         ,;body))))

# --- threading ----------------------------------------------------------------------------------------------------------
(defmacro -> (value & steps)
  "(-> v step*): each step (g a b) becomes (g v a b), where v is the value so far."
  (def @result value)
  (def @todo steps)
  (while (pair? todo)
    (let [step (first todo)]
      (assign result (if (pair? step) `(,(first step) ,result ,;(rest step)) `(,step ,result))))
    (assign todo (rest todo)))
  result)

(defmacro ->> (value & steps)
  "(->> v step*): each step (g a b) becomes (g a b v), where v is the value so far."
  (def @result value)
  (def @todo steps)
  (while (pair? todo)
    (let [step (first todo)]
      (assign result (if (pair? step) `(,;step ,result) `(,step ,result))))
    (assign todo (rest todo)))
  result)

(defmacro as-> (value name & steps)
  "(as-> v name e*): each e is evaluated with name bound to the value so far."
  (def @todo steps)
  (def bindings @[])
  (push bindings name)
  (push bindings value)
  (while (pair? todo)
    (when (pair? (rest todo))
      (push bindings name)
      (push bindings (first todo)))
    (assign todo (rest todo)))
  `(let [,;bindings] ,(if (pair? steps) (last steps) name)))

(defmacro some-> (value & steps)
  "(some-> v step*): like ->, but ends with nil as soon as a value is nil."
  (if (pair? steps)
    (let [step (first steps)]
      `(let [value ,value]
         (if (nil? value)
           nil
           (some-> ,(if (pair? step) `(,(first step) value ,;(rest step)) `(,step value)) ,;(rest steps)))))
    value))

(defmacro some->> (value & steps)
  "(some->> v step*): like ->>, but ends with nil as soon as a value is nil."
  (if (pair? steps)
    (let [step (first steps)]
      `(let [value ,value]
         (if (nil? value)
           nil
           (some->> ,(if (pair? step) `(,;step value) `(,step value)) ,;(rest steps)))))
    value))
