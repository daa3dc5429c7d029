# Lazy streams over generators (07 section 9) and over time. A stream is a fiber with mask |:yield|; it is pulled one value at a
# time, so a source stays paused and usable when a consumer stops early.

(defn %%source [fn-name s arg]
  "s if it is a fiber."
  (if (fiber? s) s (%%raise-type fn-name "fiber" s arg)))

(defn %%generator [body]
  "A generator that runs the closure body."
  (fiber/new body :yield))

(defn stream/for-each [f s]
  "Calls f on each value of the stream.
(let [out @[]] (stream/for-each (fn [x] (push out x)) (fiber/new (fn [] (yield 1) (yield 2)) :yield)) out) # => @[1 2]"
  (each x in (%%source "stream/for-each" s 1) (f x))
  nil)

(defn stream/fold [f init s]
  "Combines the values of the stream from left to right.
(stream/fold + 0 (fiber/new (fn [] (yield 1) (yield 2)) :yield)) # => 3"
  (def @acc init)
  (each x in (%%source "stream/fold" s 2) (assign acc (f acc x)))
  acc)

(defn stream/into-array [s]
  "The values of the stream in an @array.
(stream/into-array (fiber/new (fn [] (yield 1) (yield 2)) :yield)) # => @[1 2]"
  (let [out @[]]
    (each x in (%%source "stream/into-array" s 0) (push out x))
    out))

(defn stream/collect [s]
  "The list of the values of the stream.
(stream/collect (fiber/new (fn [] (yield 1) (yield 2)) :yield)) # => (1 2)"
  (->list (stream/into-array (%%source "stream/collect" s 0))))

(defn stream/map [f s]
  "A stream of (f x) for each value x.
(stream/collect (stream/map inc (fiber/new (fn [] (yield 1) (yield 2)) :yield))) # => (2 3)"
  (let [s (%%source "stream/map" s 1)]
    (%%generator (fn [] (each x in s (emit :yield (f x)))))))

(defn stream/filter [p s]
  "A stream of the values that satisfy p.
(stream/collect (stream/filter even? (fiber/new (fn [] (yield 1) (yield 2)) :yield))) # => (2)"
  (let [s (%%source "stream/filter" s 1)]
    (%%generator (fn [] (each x in s (when (p x) (emit :yield x)))))))

(defn %%count-of [fn-name n]
  "n if it is an integer that is not negative."
  (cond
    (not (integer? n)) (%%raise-type fn-name "integer" n 0)
    (< n 0) (%%raise-argument fn-name "the count is negative")
    n))

(defn stream/take [n s]
  "A stream of the first n values; the source is not pulled further.
(stream/collect (stream/take 2 (fiber/new (fn [] (forever (yield 1))) :yield))) # => (1 1)"
  (let [n (%%count-of "stream/take" n) s (%%source "stream/take" s 1)]
    (%%generator (fn []
      (def @left n)
      (while (and (> left 0) (%%each-more? s))
        (assign left (- left 1))
        (emit :yield (fiber/value s)))))))

(defn stream/drop [n s]
  "A stream of what follows the first n values.
(stream/collect (stream/drop 1 (fiber/new (fn [] (yield 1) (yield 2)) :yield))) # => (2)"
  (let [n (%%count-of "stream/drop" n) s (%%source "stream/drop" s 1)]
    (%%generator (fn []
      (def @left n)
      (while (and (> left 0) (%%each-more? s))
        (assign left (- left 1)))
      (when (= left 0)
        (each x in s (emit :yield x)))))))

(defn stream/concat [& sources]
  "A stream of the values of each source in turn.
(stream/collect (stream/concat (fiber/new (fn [] (yield 1)) :yield) (fiber/new (fn [] (yield 2)) :yield))) # => (1 2)"
  (each s in sources (%%source "stream/concat" s 0))
  (%%generator (fn []
    (each s in sources
      (each x in s (emit :yield x))))))

(defn stream/zip [& sources]
  "A stream of arrays of the sources' values, until the shortest ends.
(stream/collect (stream/zip (fiber/new (fn [] (yield 1)) :yield) (fiber/new (fn [] (yield 2)) :yield))) # => ([1 2])"
  (each s in sources (%%source "stream/zip" s 0))
  (%%generator (fn []
    (while (and (nonempty? sources) (all? %%each-more? sources))
      (emit :yield (->array (map fiber/value sources)))))))

(defn stream/pipe [s & transforms]
  "The stream s through the functions in order.
(stream/collect (stream/pipe (fiber/new (fn [] (yield 1) (yield 2)) :yield) (partial stream/map inc)
  (partial stream/take 1))) # => (2)"
  (fold (fn [stream f] (f stream)) s transforms))

# --- time -------------------------------------------------------------------------------------------------------------------
(defn time/elapsed [thunk]
  "The list of what thunk returns and how many seconds it took.
(first (time/elapsed (fn [] 5))) # => 5"
  (let [start (clock/monotonic) value (thunk)]
    (list value (- (clock/monotonic) start))))

(defn time/stopwatch []
  "A generator of the seconds since it was made.
(float? (fiber/resume (time/stopwatch))) # => true"
  (let [start (clock/monotonic)]
    (%%generator (fn [] (while true (emit :yield (- (clock/monotonic) start)))))))

# --- ports ------------------------------------------------------------------------------------------------------------------
(defn port/lines [p]
  "A stream of the lines of the port, which is closed at the end.
(file/write \"note.txt\" \"one\\ntwo\\n\") (stream/collect (port/lines (port/open \"note.txt\" :read))) # => (\"one\" \"two\")"
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
  "A stream of chunks of n bytes of the port, the last maybe shorter; the port is closed at the end.
(file/write \"note.txt\" \"abcde\")
  (stream/collect (port/chunks (port/open-bytes \"note.txt\" :read) 2)) # => (b[97 98] b[99 100] b[101])"
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
  "A sink: resume it once to start, then with data to write, at last with nil to close the port.
(let [w (port/writer (port/open \"note.txt\" :write))] (fiber/resume w) (fiber/resume w \"hi\") (fiber/resume w nil)
  (file/read \"note.txt\")) # => \"hi\""
  (%%generator (fn []
    (def @data (emit :yield nil))
    (while (not (nil? data))
      (port/write p data)
      (assign data (emit :yield nil)))
    (port/close p)
    nil)))
