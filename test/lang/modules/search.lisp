# env: EVJIT_PATH=_nowhere:_path
# env: EVJIT_HOME=_home
# Where import and include look (06 section 2).
(include-file "../_check.lisp")
(check (import "only-in-path") :from-path)             # --path before --home
(check (import "only-in-home") :home)
(check (import "both") :lisp)                          # DIR/spec.lisp before DIR/spec
(check (import "sub/inner") :sub)
(check (import "_path/both") :bare)                    # a path relative to the working directory comes first
(check (import "_path/both.lisp") :lisp)
(check (import "./_path/both") :bare)                  # the path itself, then with .lisp appended
(check (import "./_path/relative") :sub)               # ./ is relative to the importing file
(check (import "_path/relative.lisp") :sub)
(check (import "sub/up") :sub)
(check (import "by-search") :from-path)                # a plain spec is not relative to the importing file
(each spec in ["directory" "_path" "./_path" "sub" "nowhere" "" "./only-in-path" "std/only-in-path" "std/" "_path/" "../_path/both"]
  (let [[ok? e] (protect (import spec))]
    (check [spec ok? e:error e:reason e:spec] [spec false :io-error :not-found spec])))
(include "only-in-path")
(check (map type-of (map import ["std/sync" "std/process"])) [:closure :closure])
(check [(import-file "both") (module/import "both")] [:lisp :lisp])
(check-error (import nil) :type-error)
(check-error (import 'both) :type-error)
(check-compile "(import)" "arity error")
(check-compile "(include \"nowhere\")" "include: \"nowhere\" not found")
(check-compile "(include-file \"nowhere\")" "not found")
(check-compile "(include-file \"only-in-path.lisp\")" "not found")
(check-compile "(include)" "include")
(check-compile "(include nowhere)" "include")
(check-compile "(include (string \"a\"))" "include")
(check-compile "(fn [] (include \"both\"))" "top level")
(check-compile "(let [] (include \"both\"))" "top level")
(check-compile "(include \"only-in-path\" \"both\")" "include")
