# import: resolution, independent state, errors (06 section 2).
(include-file "../_check.lisp")

(def tally ((import "./_tally.lisp") :start 5))
(def {:bump bump} ((import "./_tally")))
(check [(tally:bump) (bump) (tally:bump) (tally:made)] [6 1 7 1])
(check (type-of (map import ["./_tally"])) :array)
(check (import "./_literate.md") 42)
(check (type-of (import "std/sync")) :closure)

(defn failure [spec] (get (protect (import spec)) 1))
(let [e (failure "./_nowhere.lisp")]
  (check [e:error e:reason e:spec] [:io-error :not-found "./_nowhere.lisp"]))
(check (get (failure "std/_tally") :reason) :not-found)
(check (get (failure "../modules") :reason) :not-found)
(check (get (failure :x) :error) :type-error)
(let [e (failure "./_cycle-a.lisp")]
  (check [e:error e:reason e:path e:chain]
         [:io-error :circular-import "_cycle-a.lisp" ["_cycle-a.lisp" "_cycle-b.lisp" "_cycle-a.lisp"]]))
(check (get (failure "./import.lisp") :reason) :circular-import)
(let [e (failure "./_broken.lisp")]
  (check [e:error e:reason e:path (map (fn [d] [d:file d:line d:col]) e:diagnostics)]
         [:eval-error :compile "_broken.lisp" [["_broken.lisp" 1 9] ["_broken.lisp" 3 4]]]))
(check (failure "./_raises.lisp") {:error :no-luck :at 1})

(check (map ev/join (map (fn [_] (ev/spawn (fn [] (import "./_slow.lisp")))) [1 2 3])) [:slow :slow :slow])
(check (type-of ((import "./_later.lisp"))) :closure)
