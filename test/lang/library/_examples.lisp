# Run by examples.lisp in a scratch folder: every builtin, and every function of the library's modules, has a description, names for
# its parameters and an example, and the example is true. The arguments are the modules.
(include-file "../_check.lisp")

(def @run 0)

(defn complain [name what]
  (println name ": " what))

(defn run-example [name text setup]
  "Whether PROGRAM # => LITERAL in text holds."
  (let [parts (string/split text " # => ")]
    (if (not= (length parts) 2)
      (complain name "the example is not PROGRAM # => VALUE")
      (let [[program want] parts
            [ok? got] (protect (ev/timeout 20 (fn [] [(eval (read (string "(begin " setup program "\n)")))])))]
        (assign run (+ run 1))
        (cond
          (not ok?) (complain name (string text " raised " (%literal got)))
          (nil? got) (complain name (string text " does not end"))
          (not= (%literal (get got 0)) want) (complain name (string text " is " (%literal (get got 0)))))))))

(defn check-builtin [name]
  (let [m (vm/primitive-meta name) value (eval (symbol name))]
    (if (nil? m)
      (unless (parameter? value) (complain name "nothing is known about it"))
      (begin
        (when (empty? m:doc) (complain name "no description"))
        (when (and (empty? m:params) (not= m:arity 0)) (complain name "no names of parameters"))
        (when (and (nonempty? m:params) (= m:arity 0)) (complain name "takes no arguments but names some"))
        (unless (string/starts-with? (doc value) (string "(" (fn/name value))) (complain name "doc does not begin with the call shape"))
        (if (empty? m:example)
          (complain name "no example")
          (when (= name m:name) (run-example name m:example "")))))))

(each name in (vm/list-primitives) (check-builtin name))

# A docstring of a module's function ends with an example that calls it through the module.
(defn check-module [module]
  (let [exports ((import (string "std/" module))) setup (string "(def " module " ((import \"std/" module "\"))) ")]
    (each [name f] in (pairs exports)
      (when (closure? f)
        (let [text (doc f) at (string/find text "\n(")]
          (if (nil? at)
            (complain (string module name) "no example")
            (run-example (string module name) (slice text (+ at 1)) setup)))))))

(each module in (sys/args) (check-module module))
(check (> run 490) true)
