# The contenders that live in modules: shared libraries of their own, so that two builds of one library, or two libraries
# that share names, fit into one process. What is not installed stays in the list without a file, and is skipped by name.

set(bench_modules "")
set(bench_module_targets "")

function(note_module name target)
  if(TARGET ${target})
    string(APPEND bench_modules "    {\"${name}\", \"lib${target}.so\"},\n")
    list(APPEND bench_module_targets ${target})
  else()
    string(APPEND bench_modules "    {\"${name}\", NULL},\n")
  endif()
  set(bench_modules "${bench_modules}" PARENT_SCOPE)
  set(bench_module_targets "${bench_module_targets}" PARENT_SCOPE)
endfunction()

# add_module(TARGET SOURCE INCLUDE LIBRARIES): nothing where a path has not been found.
function(add_module target source include libraries)
  if(NOT include OR NOT libraries)
    return()
  endif()
  add_library(${target} SHARED ${source})
  target_include_directories(${target} SYSTEM PRIVATE "${include}")
  target_link_libraries(${target} PRIVATE bench_part ${libraries} m)
  target_compile_definitions(${target} PRIVATE ${ARGN})
endfunction()

find_library(BLAS_LIBRARY openblas)
find_path(BLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas openblas-pthread x86_64-linux-gnu
  x86_64-linux-gnu/openblas-pthread)
add_module(module_openblas products_cblas.c "${BLAS_INCLUDE_DIR}" "${BLAS_LIBRARY}" "NAME=\"OpenBLAS\"")

find_library(XSMM_LIBRARY libxsmm.a)
find_library(XSMM_REST libxsmmnoblas.a)
find_path(XSMM_INCLUDE_DIR libxsmm.h)
set(xsmm "")
if(XSMM_LIBRARY AND XSMM_REST)
  set(xsmm "${XSMM_LIBRARY};${XSMM_REST};pthread;rt;${CMAKE_DL_LIBS}")
endif()
add_module(module_xsmm products_xsmm.c "${XSMM_INCLUDE_DIR}" "${xsmm}")

find_library(DNNL_LIBRARY dnnl)
find_path(DNNL_INCLUDE_DIR dnnl.h)
add_module(module_dnnl products_dnnl.c "${DNNL_INCLUDE_DIR}" "${DNNL_LIBRARY}")

find_library(FANN_LIBRARY floatfann)
find_path(FANN_INCLUDE_DIR floatfann.h)
add_module(module_fann fann.c "${FANN_INCLUDE_DIR}" "${FANN_LIBRARY}")

find_library(MKL_LIBRARY NAMES mkl_rt libmkl_rt.so.3 libmkl_rt.so.2 HINTS "${MKL_ROOT}/lib")
find_path(MKL_INCLUDE_DIR mkl_cblas.h HINTS "${MKL_ROOT}/include")
add_module(module_mkl products_cblas.c "${MKL_INCLUDE_DIR}" "${MKL_LIBRARY}" USE_MKL "NAME=\"MKL\"")

# The generic library, without and with OpenBLAS.
file(GLOB generic CONFIGURE_DEPENDS "${top}/tests/generic/*.c")
list(FILTER generic EXCLUDE REGEX "/test_[^/]*$")
set(exact -fno-fast-math) # source.c's runtime asks
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  list(APPEND exact -Wno-overriding-t-option) # no news: it undoes what stands before it
endif()
set_source_files_properties("${top}/tests/generic/source.c" PROPERTIES COMPILE_OPTIONS "${exact}")
function(add_library_module target definitions)
  add_module(${target} "library.c;${generic}" "${top}/tests/generic" "nngen_core" GENERIC_FLOAT ${definitions})
  target_compile_options(${target} PRIVATE ${ARGN})
  if("GENERIC_BLAS" IN_LIST definitions)
    target_include_directories(${target} SYSTEM PRIVATE "${BLAS_INCLUDE_DIR}")
    target_link_libraries(${target} PRIVATE "${BLAS_LIBRARY}")
  endif()
endfunction()

# For the nets: at its best. For the models: compiled as emitted code is, for the same CPU and without liberties;
# OpenBLAS takes the CPU that it runs on.
set(best ${native} ${wide} -ffast-math)
add_library_module(module_library "" ${best})
add_library_module(module_library_alike "NAME=\"library\"")
if(TARGET module_openblas)
  add_library_module(module_library_openblas "GENERIC_BLAS" ${best})
  add_library_module(module_library_openblas_alike "GENERIC_BLAS;NAME=\"library + OpenBLAS as it is\"")
endif()

note_module("generic library" module_library_alike)
note_module("generic library + OpenBLAS" module_library_openblas_alike)
set(bench_modules_models "${bench_modules}")
set(bench_module_targets_models ${bench_module_targets})
set(bench_modules "")
set(bench_module_targets "")

note_module("generic library" module_library)
note_module("generic library + OpenBLAS" module_library_openblas)
note_module("FANN" module_fann)
note_module("C + OpenBLAS" module_openblas)
note_module("C + libxsmm" module_xsmm)
note_module("C + oneDNN" module_dnnl)
note_module("C + MKL" module_mkl) # last: its parts make their names visible to all that is loaded after them
set(bench_modules_nets "${bench_modules}")
set(bench_module_targets_nets ${bench_module_targets})
