# evjit_part(NAME SOURCES ... DEPENDS ...): one library per folder. Runtime parts are object libraries that stdlib/ gathers in
# libevrt.a.
function(evjit_part name)
  cmake_parse_arguments(P "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(evjit_${name} OBJECT ${P_SOURCES})
  target_link_libraries(evjit_${name} PUBLIC evjit_flags ${P_DEPENDS})
endfunction()
