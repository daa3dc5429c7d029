# Lazy streams over generators (07 section 9) and over time. A stream is a fiber with mask |:yield|; it is pulled one value at a
# time, so a source stays paused and usable when a consumer stops early.

(defn %%source [fn-name s arg]
  "s if it is a fiber."
  (if (fiber? s) s (%%raise-type fn-name "fiber" s arg)))

(defn %%generator [body]
  "A generator that runs the closure body."
  (fiber/new body :yield))

(defn stream/for-each [f s]
  "Calls f on each value of the stream."
  (each x in (%%source "stream/for-each" s 1) (f x))
  nil)

(defn stream/fold [f init s]
  "Combines the values of the stream from left to right."
  (def @acc init)
  (each x in (%%source "stream/fold" s 2) (assign acc (f acc x)))
  acc)

(defn stream/into-array [s]
  "The values of the stream in an @array."
  (let [out @[]]
    (each x in (%%source "stream/into-array" s 0) (push out x))
    out))

(defn stream/collect [s]
  "The list of the values of the stream."
  (->list (stream/into-array (%%source "stream/collect" s 0))))

(defn stream/map [f s]
  "A stream of (f x) for each value x."
  (let [s (%%source "stream/map" s 1)]
    (%%generator (fn [] (each x in s (emit :yield (f x)))))))

(defn stream/filter [p s]
  "A stream of the values that satisfy p."
  (let [s (%%source "stream/filter" s 1)]
    (%%generator (fn [] (each x in s (when (p x) (emit :yield x)))))))

(defn %%count-of [fn-name n]
  "n if it is an integer that is not negative."
  (cond
    (not (integer? n)) (%%raise-type fn-name "integer" n 0)
    (< n 0) (%%raise-argument fn-name "the count is negative")
    n))

(defn stream/take [n s]
  "A stream of the first n values; the source is not pulled further."
  (let [n (%%count-of "stream/take" n) s (%%source "stream/take" s 1)]
    (%%generator (fn []
      (def @left n)
      (while (and (> left 0) (%%each-more? s))
        (assign left (- left 1))
        (emit :yield (fiber/value s)))))))

(defn stream/drop [n s]
  "A stream of what follows the first n values."
  (let [n (%%count-of "stream/drop" n) s (%%source "stream/drop" s 1)]
    (%%generator (fn []
      (def @left n)
      (while (and (> left 0) (%%each-more? s))
        (assign left (- left 1)))
      (when (= left 0)
        (each x in s (emit :yield x)))))))

(defn stream/concat [& sources]
  "A stream of the values of each source in turn."
  (each s in sources (%%source "stream/concat" s 0))
  (%%generator (fn []
    (each s in sources
      (each x in s (emit :yield x))))))

(defn stream/zip [& sources]
  "A stream of arrays of the sources' values, until the shortest ends."
  (each s in sources (%%source "stream/zip" s 0))
  (%%generator (fn []
    (while (and (nonempty? sources) (all? %%each-more? sources))
      (emit :yield (->array (map fiber/value sources)))))))

(defn stream/pipe [s & transforms]
  "The stream s through the functions in order."
  (fold (fn [stream f] (f stream)) s transforms))

# --- time -------------------------------------------------------------------------------------------------------------------
(defn time/elapsed [thunk]
  "The list of what thunk returns and how many seconds it took."
  (let [start (clock/monotonic) value (thunk)]
    (list value (- (clock/monotonic) start))))

(defn time/stopwatch []
  "A generator of the seconds since it was made."
  (let [start (clock/monotonic)]
    (%%generator (fn [] (while true (emit :yield (- (clock/monotonic) start)))))))

# --- ports ------------------------------------------------------------------------------------------------------------------
(defn port/lines [p]
  "A stream of the lines of the port, which is closed at the end."
  (%%generator (fn []
    (def @line (port/read-line p))
    (while (not (nil? line))
      (emit :yield line)
      (assign line (port/read-line p)))
    (port/close p)
    nil)))

(defn %%bytes-in [data]
  "The size of a string or bytes in bytes."
  (if (string? data) (string/size-of data) (length data)))

(defn %%read-chunk [p n]
  "n bytes of the port, fewer at its end; nil if it is there already."
  (def @chunk (port/read p n))
  (def @ended false)
  (while (not (or ended (nil? chunk) (>= (%%bytes-in chunk) n)))
    (let [more (port/read p (- n (%%bytes-in chunk)))]
      (if (nil? more)
        (assign ended true)
        (assign chunk (concat chunk more)))))
  chunk)

(defn port/chunks [p n]
  "A stream of chunks of n bytes of the port, the last maybe shorter; the port is closed at the end."
  (cond
    (not (integer? n)) (%%raise-type "port/chunks" "integer" n 1)
    (< n 1) (error {:error :value-error :message "port/chunks: the size is not positive"})
    (%%generator (fn []
      (def @chunk (%%read-chunk p n))
      (while (not (nil? chunk))
        (emit :yield chunk)
        (assign chunk (%%read-chunk p n)))
      (port/close p)
      nil))))

(defn port/writer [p]
  "A sink: resume it once to start, then with data to write, at last with nil to close the port."
  (%%generator (fn []
    (def @data (emit :yield nil))
    (while (not (nil? data))
      (port/write p data)
      (assign data (emit :yield nil)))
    (port/close p)
    nil)))
