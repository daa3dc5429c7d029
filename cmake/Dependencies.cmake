# Debian packages as imported targets; ./dev installs them (cmake/setup.sh lists the packages).
# Static wherever Debian has the archive: a shared library costs start-up time, and what is built here is copied elsewhere.
set(ZLIB_USE_STATIC_LIBS ON)
set(Boost_USE_STATIC_LIBS ON)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(LIBEDIT REQUIRED IMPORTED_TARGET libedit)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/reader.h REQUIRED) # headers only
find_package(Boost 1.74 REQUIRED COMPONENTS context)
find_package(doctest REQUIRED)
find_package(CLI11 REQUIRED)
find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/llvm)

# evjit_link_statically(TARGET ARCHIVE MORE...): replaces the shared library behind an imported target.
function(evjit_link_statically target archive)
  find_library(EVJIT_ARCHIVE_${archive} ${archive})
  if(EVJIT_ARCHIVE_${archive} AND TARGET ${target})
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${EVJIT_ARCHIVE_${archive}};${ARGN}")
    if(target MATCHES "shared$")
      set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${EVJIT_ARCHIVE_${archive}} INTERFACE_LINK_LIBRARIES "")
    endif()
  endif()
endfunction()
evjit_link_statically(PkgConfig::LIBUV libuv_a.a pthread dl rt)
evjit_link_statically(PkgConfig::UTF8PROC libutf8proc.a)
evjit_link_statically(PkgConfig::RE2 libre2.a pthread)
set_target_properties(PkgConfig::RE2 PROPERTIES INTERFACE_COMPILE_OPTIONS "") # its -pthread would go into every file of ours
evjit_link_statically(PkgConfig::LIBEDIT libedit.a -l:libtinfo.a -l:libbsd.a -l:libmd.a)
evjit_link_statically(zstd::libzstd_shared libzstd.a)

# LLVM, static, host target only. nobody but jit/ links it.
llvm_map_components_to_libnames(EVJIT_LLVM_LIBS orcjit orcdebugging native passes irreader debuginfodwarf)
add_library(evjit_llvm INTERFACE)
target_include_directories(evjit_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(evjit_llvm INTERFACE ${LLVM_DEFINITIONS_LIST} NDEBUG)
target_link_libraries(evjit_llvm INTERFACE ${EVJIT_LLVM_LIBS})

find_program(LLD_19 NAMES ld.lld-19 ld.lld PATHS /usr/lib/llvm-19/bin REQUIRED)
get_filename_component(LLD_19_DIR ${LLD_19} DIRECTORY)
add_library(evjit_link INTERFACE)
target_link_options(evjit_link INTERFACE -fuse-ld=lld -B/usr/lib/llvm-19/bin -Wl,--gc-sections -Wl,--icf=all
  -static-libstdc++ -static-libgcc)
