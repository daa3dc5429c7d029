# std/base64: bytes as text (RFC 4648). Decoding is strict: nothing but the alphabet, no white space, unused bits zero.

(defn encode [data]
  "The base64 text of bytes, or of a string's UTF-8, with padding.
(base64:encode \"hi?\") # => \"aGk/\""
  (%%base64-encode "base64/encode" data false))

(defn decode [s]
  "The bytes of a base64 text with its padding. Anything else raises :parse-error with :offset and :reason (:bad-character,
:bad-padding, :bad-length, :unused-bits).
(base64:decode \"aGk/\") # => b[104 105 63]"
  (%%base64-decode "base64/decode" s false))

(defn encode-url [data]
  "The same in the alphabet for URLs and file names (- and _ instead of + and /), without padding.
(base64:encode-url b[251 255]) # => \"-_8\""
  (%%base64-encode "base64/encode-url" data true))

(defn decode-url [s]
  "The bytes of a text in that alphabet; padding may be missing. Raises what decode raises.
(base64:decode-url \"-_8\") # => b[251 255]"
  (%%base64-decode "base64/decode-url" s true))

(fn []
  {:encode encode :decode decode :encode-url encode-url :decode-url decode-url})
