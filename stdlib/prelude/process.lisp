# subprocess/system (11 section 5) on subprocess/exec.

(defn %%read-text [p]
  "Everything from a binary port as bytes; the port is closed."
  (defer (port/close p) (port/read-all p)))

(defn %%system-text [data]
  "Output of a child as a string."
  (let [[ok? text] (protect (string data))]
    (if ok?
      text
      (error {:error :encoding-error :op "subprocess/system" :message "subprocess/system: the output is not UTF-8"}))))

(defn subprocess/system [program args &opt opts]
  "Runs a program to its end: {:exit :stdout :stderr} with strings. opts as for subprocess/exec; stdin is :null unless given.
(subprocess/system \"sh\" [\"-c\" \"printf hi; exit 3\"]) # => {:exit 3 :stderr \"\" :stdout \"hi\"}"
  (let [child (subprocess/exec program args (merge {:stdin :null} (if (nil? opts) {} opts)))]
    (unless (nil? child:stdin) (port/close child:stdin))
    (def @ended false)
    (defer
      (begin
        (unless (nil? child:stdout) (port/close child:stdout))
        (unless (nil? child:stderr) (port/close child:stderr))
        (unless ended (subprocess/kill child)))
      (let [err (%%ev-owned-spawn (fn [] (protect (if (nil? child:stderr) (bytes) (%%read-text child:stderr)))))
            out (if (nil? child:stdout) (bytes) (%%read-text child:stdout))
            [err-ok? err-data] (ev/join err)
            code (subprocess/wait child)]
        (assign ended true)
        (unless err-ok? (error err-data))
        {:exit code :stdout (%%system-text out) :stderr (%%system-text err-data)}))))
