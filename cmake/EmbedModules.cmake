# evjit_embed_texts(OUT.cpp PRELUDE a b ... MODULES x y ...): a source file that holds the library's texts, read by the assembler
# (.incbin), so that its names are kPreludeTexts and kStdTexts of stdlib/bootstrap.hpp.
function(evjit_embed_texts out)
  cmake_parse_arguments(E "" "" "PRELUDE;MODULES" ${ARGN})
  set(blobs "")
  set(decls "")
  set(inputs "")
  foreach(kind PRELUDE MODULES)
    set(rows_${kind} "")
    foreach(name ${E_${kind}})
      if(kind STREQUAL PRELUDE)
        set(file stdlib/prelude/${name}.lisp)
        set(title prelude/${name})
      else()
        set(file stdlib/${name}.lisp)
        set(title std/${name})
      endif()
      string(MAKE_C_IDENTIFIER "text_${kind}_${name}" id)
      string(APPEND blobs "    \"${id}:\\n  .incbin \\\"${CMAKE_SOURCE_DIR}/${file}\\\"\\n${id}_end:\\n\"\n")
      string(APPEND decls "extern \"C\" const char ${id}[], ${id}_end[];\n")
      string(APPEND rows_${kind} "    {\"${title}\", \"${file}\", {${id}, static_cast<size_t>(${id}_end - ${id})}},\n")
      list(APPEND inputs ${CMAKE_SOURCE_DIR}/${file})
    endforeach()
  endforeach()
  file(GENERATE OUTPUT ${out} CONTENT "// Written by cmake/EmbedModules.cmake.
#include \"stdlib/bootstrap.hpp\"

asm(\".section .rodata\\n\"
${blobs}    \".previous\\n\");
${decls}
namespace evjit::stdlib {

static const LibraryText prelude[] = {
${rows_PRELUDE}};
static const LibraryText modules[] = {
${rows_MODULES}};
const std::span<const LibraryText> kPreludeTexts = prelude;
const std::span<const LibraryText> kStdTexts = modules;

} // namespace evjit::stdlib
")
  set_source_files_properties(${out} PROPERTIES OBJECT_DEPENDS "${inputs}")
endfunction()
