# evjit_flags: what every target of ours compiles with. Never global flags, so that dependencies keep theirs.
add_library(evjit_flags INTERFACE)
target_include_directories(evjit_flags INTERFACE ${CMAKE_SOURCE_DIR})
# Frame pointers everywhere: stack traces walk them. No exceptions cross compiled code (style.md), RTTI is unused.
target_compile_options(evjit_flags INTERFACE -fno-omit-frame-pointer -fno-pie -ffunction-sections -fdata-sections
  $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti> -Wall -Wextra -Wno-missing-field-initializers
  # g++ 12 reports std::string's own memcpy as overlapping (GCC bug 105329).
  $<$<COMPILE_LANGUAGE:CXX>:-Wno-invalid-offsetof> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_link_options(evjit_flags INTERFACE -no-pie)
if(EVJIT_WERROR)
  target_compile_options(evjit_flags INTERFACE -Werror)
endif()
if(EVJIT_ASSERTIONS)
  target_compile_definitions(evjit_flags INTERFACE EVJIT_ASSERTIONS=1)
endif()
if(EVJIT_SANITIZE)
  list(JOIN EVJIT_SANITIZE "," _san)
  target_compile_options(evjit_flags INTERFACE -fsanitize=${_san} -fno-sanitize-recover=all)
  target_link_options(evjit_flags INTERFACE -fsanitize=${_san})
  target_compile_definitions(evjit_flags INTERFACE EVJIT_SANITIZED=1)
endif()
