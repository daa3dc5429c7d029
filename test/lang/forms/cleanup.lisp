# An error of a cleanup replaces the error in flight and carries it as its :cause (07 section 6).
(include-file "../_check.lisp")
(defn fails [kind] (error {:error kind}))

(check (try (defer (fails :b) (fails :a)) (catch e e)) {:error :b :cause {:error :a}})
(check (try (with x 1 (fn [_] (fails :b)) (fails :a)) (catch e e)) {:error :b :cause {:error :a}})
(check (try (defer (fails :c) (defer (fails :b) (fails :a))) (catch e e)) {:error :c :cause {:error :b :cause {:error :a}}})

# Nothing to attach, or nothing to attach it to.
(check (try (defer (fails :b) :value) (catch e e)) {:error :b})
(check (try (defer (error :b) (fails :a)) (catch e e)) :b)
(check (try (defer (fails :b) (error :a)) (catch e e)) {:error :b})
(check (try (defer (error {:error :b :cause 1}) (fails :a)) (catch e e)) {:error :b :cause 1})
(def same {:error :same})
(check (try (defer (error same) (error same)) (catch e e)) {:error :same})

# The trace is that of the cleanup's error.
(defn in-cleanup [] (+ 1 (fails :b)))
(check (try (defer (in-cleanup) (fails :a)) (catch _ (map (fn [f] (get f :fn)) (take 2 (error/trace))))) ["fails" "in-cleanup"])
