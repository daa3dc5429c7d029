# The two stages of the build. evjit-stage1 has the whole compiler but nothing compiled ahead of time; it compiles the prelude
# and the std/ modules to objects, which libevrt.a and so the real evjit (and every program built with it) contain.
set(EVJIT_RUNTIME_OBJECTS
  $<TARGET_OBJECTS:evjit_base> $<TARGET_OBJECTS:evjit_gc> $<TARGET_OBJECTS:evjit_sched> $<TARGET_OBJECTS:evjit_net>
  $<TARGET_OBJECTS:evjit_stdlib>)
set(EVJIT_RUNTIME_LIBS Boost::context PkgConfig::LIBUV PkgConfig::UTF8PROC Threads::Threads ${CMAKE_DL_LIBS})

function(evjit_executable name)
  add_executable(${name} $<TARGET_OBJECTS:evjit_cli> $<TARGET_OBJECTS:evjit_frontend> $<TARGET_OBJECTS:evjit_jit>)
  target_link_libraries(${name} PRIVATE evjit_flags evjit_link ${ARGN} evjit_llvm)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()

add_library(evrt_stage1 STATIC ${EVJIT_RUNTIME_OBJECTS} ${CMAKE_SOURCE_DIR}/stdlib/units_none.cpp)
target_link_libraries(evrt_stage1 PUBLIC evjit_flags ${EVJIT_RUNTIME_LIBS})
evjit_executable(evjit-stage1 evrt_stage1)

# Objects of stdlib/modules.cmake: EVJIT_PRELUDE_SOURCES in order, EVJIT_STD_MODULES (names x of stdlib/x.lisp).
include(${CMAKE_SOURCE_DIR}/stdlib/modules.cmake)
set(_units ${CMAKE_BINARY_DIR}/units)
file(MAKE_DIRECTORY ${_units})
list(JOIN EVJIT_PRELUDE_SOURCES ":" _prelude_list)
set(EVJIT_UNIT_OBJECTS ${_units}/prelude.o)
add_custom_command(OUTPUT ${_units}/prelude.o
  COMMAND evjit-stage1 --prelude --emit-object ${_units}/prelude.o --unit-name prelude ${EVJIT_PRELUDE_SOURCES}
  DEPENDS evjit-stage1 ${EVJIT_PRELUDE_SOURCES} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} COMMENT "Compiling the prelude")
foreach(_module ${EVJIT_STD_MODULES})
  add_custom_command(OUTPUT ${_units}/std_${_module}.o
    COMMAND evjit-stage1 --prelude-from ${_prelude_list} --emit-object ${_units}/std_${_module}.o
            --unit-name std_${_module} stdlib/${_module}.lisp
    DEPENDS evjit-stage1 ${EVJIT_PRELUDE_SOURCES} ${CMAKE_SOURCE_DIR}/stdlib/${_module}.lisp
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} COMMENT "Compiling std/${_module}")
  list(APPEND EVJIT_UNIT_OBJECTS ${_units}/std_${_module}.o)
  string(APPEND _declarations "extern \"C\" evjit::gc::UnitDesc evjit_unit_std_${_module};\n")
  string(APPEND _rows "    {\"${_module}\", &evjit_unit_std_${_module}},\n")
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/stdlib/units.cpp.in ${_units}/units.cpp @ONLY)

add_library(evrt STATIC ${EVJIT_RUNTIME_OBJECTS} ${_units}/units.cpp ${EVJIT_UNIT_OBJECTS})
set_source_files_properties(${EVJIT_UNIT_OBJECTS} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
target_link_libraries(evrt PUBLIC evjit_flags ${EVJIT_RUNTIME_LIBS})
set_target_properties(evrt PROPERTIES ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
evjit_executable(evjit evrt)
