# Modules: independent state, privacy, errors, includes, literate programs (06, 01 section 7).
(include-file "../_check.lisp")
(defn failure [spec] (let [[ok? e] (protect (import spec))] (if ok? [:imported e] e)))
(defn places [e] (map (fn [d] [d:file d:line d:col]) e:diagnostics))

# --- every import runs the file again ---
(def make (import "./_state.lisp"))
(def first-instance (make))
(def second-instance (make 10))
(def other ((import "./_state")))
(check [(first-instance:next) (first-instance:next) (second-instance:next) (other:next)] [1 2 12 1])
(check second-instance:args ())
(let [m (make 1 :a :b)] (check m:args '(:a :b)))
(check (identical? (import "./_state.lisp") (import "./_state.lisp")) false)
(check [(import "./_value") (import "./_empty.lisp") (import "./_comment.lisp")] [42 nil nil])
(check (map (fn [_] (import "./_value")) (range 20)) (map (fn [_] 42) (range 20)))
(check ((fn [] (if true (import "./_value") (import "./_nowhere")))) 42)
(check (let [name "./_value"] (import name)) 42)
(check (apply import ["_value"]) 42)

# --- a unit sees only its own names ---
(defn importer-name [] :leaked)
(check (let [e (failure "./_sees-importer.lisp")] [e:error e:reason (get (first e:diagnostics) :message)])
       [:eval-error :compile (get (first (get (failure "./_sees-importer.lisp") :diagnostics)) :message)])
(check (string/starts-with? (get (first (get (failure "./_sees-importer.lisp") :diagnostics)) :message) "undefined variable: importer-name") true)
(check-compile "(import \"./_state.lisp\") private" "undefined variable: private")
(check-compile "(import \"./_state.lisp\") (private-macro 1)" "undefined variable: private-macro")
(check (get other :private) nil)
(defn contains-symbol? [names s] (any? (fn [n] (= n s)) names))
(check (contains-symbol? (other:env) 'count) true)
(check (contains-symbol? (other:env) 'importer-name) false)
(def length (fn [_] :mine))
(check [(length []) (other:length-of [1 2])] [:mine 2])

# --- running: fibers, parameters, errors ---
(let [f (fiber/new (fn [] (import "./_yields.lisp")) :yield)]
  (check [(fiber/resume f) (fiber/resume f) (fiber/resume f)] [:one :two :done]))
(check (ev/join (ev/spawn (fn [] (import "./_value")))) 42)
(check (failure "./_raises.lisp") {:error :no-luck :at 1})
(check (get (failure "./_raises.lisp") :path) nil)
(let [thrower (import "./_thrower.lisp")]
  (check (get (get (protect (thrower)) 1) :error) :deep)
  (check (try (thrower) (catch _ (map (fn [fr] [fr:fn fr:file fr:line]) (slice (error/trace) 0 1)))) [["helper" "_thrower.lisp" 1]]))
(check (let [e (failure "./_broken.lisp")] [e:error e:reason e:path]) [:eval-error :compile "_broken.lisp"])
(check (places (failure "./_unterminated.lisp")) [["_unterminated.lisp" 1 8]])
(check (places (failure "./_arity.lisp")) [["_arity.lisp" 2 3]])
(check (places (failure "./_macro-fails.lisp")) [["_macro-fails.lisp" 3 1]])
(check (places (failure "./_invalid.lisp")) [["_invalid.lisp" 1 4]])
(check (import "./_bom.lisp") :bom)
(check (map (fn [_] (get (failure "./_broken.lisp") :reason)) (range 3)) [:compile :compile :compile])

# --- circles ---
(let [e (failure "./_cycle-a.lisp")]
  (check [e:error e:reason e:path e:chain] [:io-error :circular-import "_cycle-a.lisp" ["_cycle-a.lisp" "_cycle-b.lisp" "_cycle-a.lisp"]]))
(check (get (failure "./modules.lisp") :reason) :circular-import)
(check (get (failure "./_cycle-a.lisp") :reason) :circular-import) # and again: nothing is left of the first attempt
(check (import "./_value") 42)

# --- includes ---
(include-file "_outer-include.lisp")
(check [(inner-name) outer-name (inner-macro 5)] [:inner 1 [5]])
(include-file "_inner-include.lisp") # twice is no error
(check (inner-name) :inner)
(check (import "./_uses-outer") :inner)
(each name in ["_includes-itself" "_include-a" "_include-b"]
  (let [e (failure (string "./" name ".lisp"))]
    (check [name e:error (string/contains? (get (first e:diagnostics) :message) "circular dependency on")] [name :eval-error true])))
(check-compile "(include-file \"_includes-itself.lisp\")" "circular dependency on")
(check (eval '(do (include-file "_inner-include.lisp") [(inner-name) (inner-macro 1)])) [:inner [1]])

# --- literate programs ---
(check (import "./_prose.md") [1 2])
(check (first (places (failure "./_split.md"))) ["_split.md" 3 1])
(check (places (failure "./_lines.md")) [["_lines.md" 5 4]])
(include-file "_prose.md")
(check [a b] [1 2])
