# timeout: 240
# The examples write files and start evjit: in a folder of their own, with this evjit in the path.
(def evjit (path/canonicalize "/proc/self/exe"))
(def here (path/absolute "_examples.lisp"))
(def modules (map path/stem (filter (fn [name] (string/ends-with? name ".lisp")) (file/ls "../../../stdlib"))))
(def scratch (string "/tmp/evjit-examples-" (seq->hex (random/bytes 8))))
(file/mkdir scratch)
(def path (string (path/parent evjit) ":" (sys/env "PATH")))
(defer (subprocess/wait (subprocess/exec "rm" ["-r" scratch]))
  (let [{:stdout said :exit status} (subprocess/system evjit [here ;modules] {:cwd scratch :env {"PATH" path}})]
    # Two examples print; nothing else may.
    (each line in (string/split said "\n")
      (unless (has? |"" "[1 2]" "hello"| line) (println line)))
    (unless (= status 0) (println "exit status " status))))
