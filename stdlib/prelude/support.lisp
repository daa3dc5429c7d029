# What the macros and functions of the prelude lean on.

# --- errors -------------------------------------------------------------------------------------------------------------
(defn %%raise-type [fn-name expected value arg]
  "Raises the :type-error of a builtin."
  (error {:error :type-error
          :message (string fn-name ": expected " expected ", got " (type-of value))
          :got (type-of value)
          :arg arg}))

(defn %%raise-not-a-sequence [fn-name value arg]
  "Raises the :type-error of a builtin that wants a collection."
  (error {:error :type-error
          :reason :not-a-sequence
          :message (string fn-name ": expected a collection, got " (type-of value))
          :got (type-of value)
          :arg arg}))

(defn %%raise-argument [fn-name message]
  "Raises the :argument-error of a builtin."
  (error {:error :argument-error :message (string fn-name ": " message)}))

# --- loops --------------------------------------------------------------------------------------------------------------
(defn %%repeat-count [n]
  "The count of `repeat`, checked."
  (if (integer? n) n (%%raise-type "repeat" "integer" n 0)))

(defn %%each-length [view]
  "The number of elements of an indexed view; nil for a list or fiber."
  (if (or (list? view) (fiber? view)) nil (length view)))

(defn %%each-more? [at]
  "Whether `each` goes on: over a fiber, runs it to its next value; over a list, only asked at the end."
  (if (fiber? at)
    (if (fiber/done? at)
      false
      (begin (fiber/resume at) (not (fiber/done? at))))
    (if (empty? at) false true)))

(defn %%yield-from [f]
  "Drives the fiber f: its values go outward, resume values inward. Its return value."
  (def @answer nil)
  (while (not (fiber/done? f))
    (let [value (fiber/resume f answer)]
      (unless (fiber/done? f)
        (assign answer (emit :yield value)))))
  (fiber/value f))

# --- collections --------------------------------------------------------------------------------------------------------
(defn %%collection [fn-name c arg]
  "c if it is a collection of any kind."
  (if (or (array? c) (list? c) (string? c) (set? c) (struct? c) (bytes? c))
    c
    (%%raise-not-a-sequence fn-name c arg)))

(defn %%no-struct [fn-name c arg]
  "c if it is a collection other than a struct."
  (if (or (array? c) (list? c) (string? c) (set? c) (bytes? c))
    c
    (%%raise-not-a-sequence fn-name c arg)))

(defn %%sequence [fn-name c arg]
  "c if it is a list, array, string or bytes."
  (if (or (array? c) (list? c) (string? c) (bytes? c))
    c
    (%%raise-not-a-sequence fn-name c arg)))
