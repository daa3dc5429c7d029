(import "./sub/inner.lisp")
