# The library written in the language. The prelude's files form one unit, in this order; each module is a unit of its own.
set(EVJIT_PRELUDE_SOURCES
  stdlib/prelude/macros.lisp
  stdlib/prelude/support.lisp
  stdlib/prelude/functions.lisp
  stdlib/prelude/stream.lisp)
list(TRANSFORM EVJIT_PRELUDE_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/)
set(EVJIT_STD_MODULES)
