# std/uuid: unique identifiers (RFC 9562) as strings of the usual form, in lower case. Random bits come from the operating system.

(def hex-digits "0123456789abcdef")
(def dashes |8 13 18 23|) # their places in the text

(defn wrong-type [op expected value]
  (error {:error :type-error :got (type-of value) :arg 0
          :message (string op ": expected " expected ", got " (type-of value))}))

(defn format [data]
  "The text of 16 bytes.
(uuid:format (bytes 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)) # => \"01020304-0506-0708-090a-0b0c0d0e0f10\""
  (unless (bytes? data) (wrong-type "uuid/format" "bytes" data))
  (unless (= (length data) 16)
    (error {:error :value-error :message (string "uuid/format: expected 16 bytes, got " (length data))}))
  (let [hex (string (seq->hex (freeze data)))]
    (string (slice hex 0 8) "-" (slice hex 8 12) "-" (slice hex 12 16) "-" (slice hex 16 20) "-" (slice hex 20 32))))

(defn first-fault [s]
  "Where s stops being an identifier; nil if it is one."
  (let [n (length s) text (string/downcase s)]
    (block :found
      (each i in (range 36)
        (unless (and (< i n)
                     (if (dashes i) (= (get text i) "-") (string/find hex-digits (get text i))))
          (break :found i)))
      (if (> n 36) 36 nil))))

(defn valid? [x]
  "Whether x is a string of the form 8-4-4-4-12 hexadecimal digits, in either case.
(uuid:valid? \"01020304-0506-0708-090A-0B0C0D0E0F10\") # => true"
  (and (string? x) (nil? (first-fault x))))

(defn parse [s]
  "The 16 bytes of an identifier. Anything else raises :parse-error with the :offset of the first wrong character.
(length (uuid:parse \"01020304-0506-0708-090a-0b0c0d0e0f10\")) # => 16"
  (unless (string? s) (wrong-type "uuid/parse" "string" s))
  (let [fault (first-fault s)]
    (when fault
      (error {:error :parse-error :reason :bad-uuid :offset fault :input (freeze s)
              :message (string "uuid/parse: not of the form 8-4-4-4-12 at offset " fault)})))
  (let [digits (string/replace s "-" "")]
    (bytes ;(map (fn [i] (parse-int (slice digits (* 2 i) (+ 2 (* 2 i))) 16)) (range 16)))))

(defn version [s]
  "The version of an identifier, such as 4 or 7; raises what parse raises.
(uuid:version \"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\") # => 7"
  (bit/shr (get (parse s) 6) 4))

(defn stamp [data number]
  "The identifier of 16 bytes (an @bytes) with its version and variant put in."
  (put data 6 (bit/or (* 16 number) (bit/and (get data 6) 15)))
  (put data 8 (bit/or 128 (bit/and (get data 8) 63)))
  (format data))

(defn v4 []
  "A new random identifier.
(uuid:version (uuid:v4)) # => 4"
  (stamp (thaw (random/bytes 16)) 4))

# Identifiers of version 7 of one import grow: those of one millisecond count in the 12 bits behind the time, from a random
# start below 2048. When they run out, or the clock goes back, the time goes on from the last one used.
(def @last-ms 0)
(def @counter 0)

(defn next-tick []
  (let [ms (floor (* 1000 (clock/realtime))) fresh (fn [] (let [r (random/bytes 2)] (+ (* 256 (bit/and (get r 0) 7)) (get r 1))))]
    (cond
      (> ms last-ms) (begin (assign last-ms ms) (assign counter (fresh)))
      (< counter 4095) (assign counter (+ counter 1))
      (begin (assign last-ms (+ last-ms 1)) (assign counter (fresh))))))

(defn v7 []
  "A new identifier that begins with the time in milliseconds: later ones sort behind earlier ones.
(uuid:version (uuid:v7)) # => 7"
  (next-tick)
  (let [data (thaw (random/bytes 16))]
    (each i in (range 6)
      (put data i (bit/and (bit/shr last-ms (* 8 (- 5 i))) 255)))
    (put data 6 (bit/shr counter 8))
    (put data 7 (bit/and counter 255))
    (stamp data 7)))

(defn time [s]
  "When an identifier of version 7 was made, in seconds as of clock/realtime; nil for other versions.
(uuid:time \"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\") # => 1645557742.0"
  (if (= (version s) 7)
    (/ (fold (fn [n b] (+ (* 256 n) b)) 0 (take 6 (parse s))) 1000.0)
    nil))

(fn []
  {:v4 v4 :v7 v7 :parse parse :format format :valid? valid? :version version :time time
   :nil "00000000-0000-0000-0000-000000000000"})
