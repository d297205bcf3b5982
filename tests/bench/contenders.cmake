# What is compiled for one net: emitted code of every target, plain loops, the step on products. Each
# program of the benchmark has its nets in a table that is written here.

include(CheckCCompilerFlag)
check_c_compiler_flag("-march=native" has_native)
set(native "")
if(has_native)
  set(native -march=native)
endif()
check_c_compiler_flag("-mprefer-vector-width=512" has_width)
set(wide "")
if(has_width)
  set(wide -mprefer-vector-width=512)
endif()

# Whether the CPU that all this is compiled for has AVX-512.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_FLAGS "${native}")
check_c_source_compiles("#ifndef __AVX512F__
#error
#endif
int main(void) { return 0; }" has_avx512)
unset(CMAKE_REQUIRED_FLAGS)

# What emitted code of a target is compiled with, and what it asks of the CPU.
set(flags_x86-64-v3 -march=x86-64-v3)
set(feature_x86-64-v3 avx2)
set(flags_x86-64-v4 -march=x86-64-v4 -mprefer-vector-width=512)
set(feature_x86-64-v4 avx512bw)

function(add_bench program)
  add_executable(${program} ${harness})
  target_link_libraries(${program} PRIVATE bench_part m ${CMAKE_DL_LIBS})
  set_target_properties(${program} PROPERTIES BUILD_RPATH "$ORIGIN")
endfunction()

# The network is called NET_TARGET, so that all targets fit into one program. ARGN: a level of optimisation, -O3 if none.
function(add_generated program net model inputs target)
  string(STRIP "${target} ${ARGN}" label)
  string(MAKE_C_IDENTIFIER "${net}_${target}${ARGN}" name)
  file(READ "${model}" text)
  string(REGEX MATCH "\nbatch +([0-9]+)" batch "${text}")
  set(batch ${CMAKE_MATCH_1})
  string(REGEX REPLACE "\nnetwork ${net}\n" "\nnetwork ${name}\n" text "${text}")
  file(CONFIGURE OUTPUT "${name}.def" CONTENT "${text}" @ONLY)
  add_library(generated_${name} OBJECT generated.c)
  nngen_add_network(generated_${name} "${CMAKE_CURRENT_BINARY_DIR}/${name}.def" OPTIONS --target=${target})
  target_compile_definitions(generated_${name} PRIVATE NET=${name} INPUT_FIELDS=${inputs} BATCH=${batch}
    "HEADER=\"${name}.h\"" "NAME=\"${label}\"")
  if(DEFINED feature_${target})
    target_compile_definitions(generated_${name} PRIVATE "CPU_FEATURE=\"${feature_${target}}\"")
  endif()
  target_compile_options(generated_${name} PRIVATE ${flags_${target}} ${ARGN})
  target_link_libraries(generated_${name} PRIVATE nngen_warnings)
  target_link_libraries(${program} PRIVATE generated_${name})
  set(opener ${name}_open PARENT_SCOPE)
endfunction()

# One object of this benchmark for one net. ARGN: definitions; its options follow as a list in `options`.
function(add_part program name source)
  add_library(${name} OBJECT ${source})
  target_compile_definitions(${name} PRIVATE ${ARGN})
  target_compile_options(${name} PRIVATE ${options})
  target_link_libraries(${name} PRIVATE bench_part)
  target_link_libraries(${program} PRIVATE ${name})
endfunction()

function(add_plain program net source inputs)
  set(definitions NET=${net} INPUT_FIELDS=${inputs} ${ARGN})
  set(options ${plain_flags})
  add_part(${program} plain_${net} ${source} ${definitions})
  set(options ${plain_flags} -ffast-math)
  add_part(${program} plain_fast_${net} ${source} ${definitions} PLAIN_FAST)
endfunction()

# Adds what there is for a net to the program's table. openers: of single contenders.
function(add_row program net label model network openers layered rest)
  set(declared "extern const nn_network ${network};\n")
  set(listed "")
  foreach(opener ${openers})
    string(APPEND declared "Contender ${opener}(void);\n")
    string(APPEND listed "${opener}, ")
  endforeach()
  if(NOT layered STREQUAL NULL)
    string(APPEND declared "Contender ${layered}(const Products *products);\n")
  endif()
  string(APPEND declared "static Contender (*const openers_${net}[])(void) = {${listed}NULL};\n")
  set_property(TARGET ${program} APPEND_STRING PROPERTY bench_declared "${declared}")
  set_property(TARGET ${program} APPEND_STRING PROPERTY bench_rows
    "    {\"${label}\", \"${model}\", &${network}, openers_${net}, ${layered}, ${rest}},\n")
endfunction()

function(add_all_generated program net model inputs)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${model}")
  set(openers "")
  foreach(target ${BENCH_TARGETS})
    add_generated(${program} ${net} "${model}" ${inputs} ${target})
    list(APPEND openers ${opener})
  endforeach()
  list(GET BENCH_TARGETS -1 target)
  add_generated(${program} ${net} "${model}" ${inputs} ${target} -O2)
  set(openers ${openers} ${opener} PARENT_SCOPE)
endfunction()

# A model of models/, with loops of its own.
function(add_model program net model inputs)
  add_all_generated(${program} ${net} "${model}" ${inputs})
  set(plain_flags "")
  add_plain(${program} ${net} plain_${net}.c ${inputs})
  add_row(${program} ${net} ${net} "${model}" ${net}_c99_network
    "plain_${net};plain_fast_${net};${openers}" NULL "0, {0}, false, false")
endfunction()

# The header of a chain of dense layers that plain_layers.c describes, from its name and model.
function(write_shape net sizes model)
  file(READ "${model}" text)
  string(REGEX MATCH "\nupdate adam" adam "${text}")
  string(REGEX MATCH "= tanh" tanh "${text}")
  list(LENGTH sizes depth)
  math(EXPR depth "${depth} - 1")
  set(layers "")
  set(reversed "")
  foreach(layer RANGE 1 ${depth})
    math(EXPR before "${layer} - 1")
    list(GET sizes ${before} in)
    list(GET sizes ${layer} out)
    set(name "h${layer}")
    if(layer EQUAL depth)
      set(name p)
    endif()
    set(entry "L(${before}, ${layer}, ${in}, ${out}, \"${name}\")")
    string(APPEND layers " ${entry}")
    string(PREPEND reversed " ${entry}")
  endforeach()
  string(COMPARE NOTEQUAL "${adam}" "" is_adam)
  string(COMPARE NOTEQUAL "${tanh}" "" is_tanh)
  list(GET sizes 0 first)
  list(GET sizes 1 hidden)
  string(REGEX MATCH "\nbatch +([0-9]+)" batch "${text}")
  file(CONFIGURE OUTPUT "shape_${net}.h" CONTENT "#define BATCH ${CMAKE_MATCH_1}
#define FIRST ${first}
#define HIDDEN ${hidden}
#define LAST ${out}
#define DEPTH ${depth}
#define LAYERS(L)${layers}
#define REVERSED(L)${reversed}
#define D_LAST d_${depth}
#define IS_TANH ${is_tanh}
#define IS_ADAM ${is_adam}
")
  set(fits_tiles OFF)
  math(EXPR odd "(${hidden} % 32) + (${first} % 16) + (${CMAKE_MATCH_1} % 8)")
  if(depth EQUAL 2 AND is_adam AND NOT is_tanh AND odd EQUAL 0 AND out LESS_EQUAL 16)
    set(fits_tiles ON)
  endif()
  set(fits_tiles ${fits_tiles} PARENT_SCOPE)
  list(JOIN sizes ", " sizes)
  set(rest "${depth}, {${sizes}}, ${is_tanh}, ${is_adam}" PARENT_SCOPE)
endfunction()

# A chain of dense layers, tests/bench/nets/NET.def.
function(add_chain program net)
  set(model "${CMAKE_CURRENT_SOURCE_DIR}/nets/${net}.def")
  string(REPLACE "net_" "" label ${net})
  string(REPLACE "_" ";" sizes "${label}")
  string(REPLACE "_" "-" label "${label}")
  add_all_generated(${program} ${net} "${model}" 1)
  write_shape(${net} "${sizes}" "${model}")
  set(shape "SHAPE=\"${CMAKE_CURRENT_BINARY_DIR}/shape_${net}.h\"")
  set(plain_flags ${native})
  add_plain(${program} ${net} plain_layers.c 1 "${shape}")
  set(options ${native} ${wide} -ffast-math)
  add_part(${program} layered_${net} layered.c "${shape}" OPEN=layered_${net})
  if(fits_tiles AND has_avx512)
    add_part(${program} tiled_${net} tiled.c "${shape}" OPEN=tiled_${net}_open)
    list(APPEND openers tiled_${net}_open)
  endif()
  add_row(${program} ${net} ${label} "${model}" ${net}_c99_network
    "plain_${net};plain_fast_${net};${openers}" layered_${net} "${rest}")
endfunction()

# kind: nets or models, which have modules of their own.
function(finish_bench program kind)
  get_target_property(declared ${program} bench_declared)
  get_target_property(rows ${program} bench_rows)
  file(CONFIGURE OUTPUT "${program}_table.c" CONTENT "#include \"bench.h\"

${declared}
const Net nets[] = {
${rows}    {0},
};

const Module modules[] = {
${bench_modules_${kind}}    {0},
};
")
  target_sources(${program} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/${program}_table.c")
  target_include_directories(${program} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  add_dependencies(${program} ${bench_module_targets_${kind}})
endfunction()
