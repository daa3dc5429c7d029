(def x "unterminated
