# nngen_add_network(TARGET MODEL.def [LEVEL -O...] [OPTIONS option...])
#
# Generates C from MODEL.def with nngen and adds it, its header's folder, the runtime's and libm to TARGET. The C is made anew
# when the model, nngen or the options change. It is compiled with the flag that its --target needs, and with -O2 where the
# project's configuration has less, as Debug has, unless LEVEL names another level; a line of CMake's output says so.
#
# nngen is the program NNGEN_EXECUTABLE where that is set; else the one that find_package(nngen) found; else the one of this
# project where it contains nngen; else it is built from the sources around this file. Where the project is built for another
# machine, those sources are built for this one, in a folder of their own (NNGEN_NATIVE_CC names the compiler for that).

cmake_policy(VERSION 3.20)

# Where the net is, C must be known; a project of C++ alone need not say so. A macro, since languages belong to a folder's scope.
macro(nngen_add_network target model)
  if(NOT CMAKE_C_COMPILE_OBJECT)
    if(NOT "${CMAKE_CURRENT_FUNCTION}" STREQUAL "")
      message(FATAL_ERROR "nngen_add_network: add C to the LANGUAGES of the project, as a function cannot")
    endif()
    enable_language(C)
  endif()
  nngen_network("${target}" "${model}" ${ARGN})
endmacro()

# Builds nngen for this machine in a build for another.
function(nngen_build_natively result source)
  set(folder "${CMAKE_BINARY_DIR}/nngen-native")
  set(${result} "${folder}/nngen" PARENT_SCOPE)
  if(TARGET nngen_native)
    return()
  endif()
  string(REPLACE " Multi-Config" "" generator "${CMAKE_GENERATOR}")
  set(compiler "")
  if(NNGEN_NATIVE_CC)
    set(compiler "-DCMAKE_C_COMPILER=${NNGEN_NATIVE_CC}")
  endif()
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env --unset=CC --unset=CFLAGS --unset=CPPFLAGS --unset=LDFLAGS
      "${CMAKE_COMMAND}" -S "${source}" -B "${folder}" -G "${generator}" "-DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM}"
      -DCMAKE_BUILD_TYPE=Release -DNNGEN_TESTS=OFF -DNNGEN_HOST=OFF ${compiler}
    RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "nngen cannot be built for this machine: set NNGEN_NATIVE_CC to its compiler, or NNGEN_EXECUTABLE to a "
      "program nngen\n${text}")
  endif()
  message(STATUS "nngen: built for this machine in ${folder}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${source}/gen/*" "${source}/templates/*" "${source}/runtime/*")
  add_custom_command(
    OUTPUT "${folder}/nngen"
    COMMAND "${CMAKE_COMMAND}" --build "${folder}" --target nngen_tool
    COMMAND "${CMAKE_COMMAND}" -E touch "${folder}/nngen"
    DEPENDS ${sources}
    COMMENT "Building nngen for this machine"
    VERBATIM)
  add_custom_target(nngen_native DEPENDS "${folder}/nngen")
endfunction()

# What runs nngen, for add_custom_command, and what that depends on.
function(nngen_find result depends)
  get_property(program GLOBAL PROPERTY nngen_program)
  if(NNGEN_EXECUTABLE)
    set(program "${NNGEN_EXECUTABLE}")
    if(NOT IS_ABSOLUTE "${program}")
      find_program(nngen_named "${program}")
      set(program "${nngen_named}")
      unset(nngen_named CACHE)
    endif()
    if(NOT program)
      message(FATAL_ERROR "nngen_add_network: there is no program '${NNGEN_EXECUTABLE}', which NNGEN_EXECUTABLE names")
    endif()
  endif()
  set(also "")
  if(NOT program AND CMAKE_CROSSCOMPILING)
    nngen_build_natively(program "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..")
    set(also nngen_native)
  endif()
  if(NOT program)
    if(NOT TARGET nngen_tool)
      add_subdirectory("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/.." "${CMAKE_BINARY_DIR}/nngen" EXCLUDE_FROM_ALL)
    endif()
    set(program nngen_tool)
  endif()
  set(${result} "${program}" PARENT_SCOPE)
  set(${depends} "${program}" ${also} PARENT_SCOPE)
endfunction()

# The flag for the target that the options of nngen name, or nothing.
function(nngen_target_flag result options)
  set(named "")
  foreach(option IN LISTS options)
    if(last STREQUAL "--target")
      set(named "${option}")
    elseif(option MATCHES "^--target=(.*)$")
      set(named "${CMAKE_MATCH_1}")
    endif()
    set(last "${option}")
  endforeach()
  if(named STREQUAL "native" AND CMAKE_CROSSCOMPILING)
    message(FATAL_ERROR "nngen_add_network: --target=native is this machine, and the project is built for another: name its target")
  endif()
  set(knows_levels FALSE)
  if((CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 11) OR
     (CMAKE_C_COMPILER_ID STREQUAL "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 12))
    set(knows_levels TRUE)
  endif()
  set(flags "")
  if(named STREQUAL "native")
    set(flags -march=native)
  elseif(named MATCHES "^x86-64-v[34]$" AND knows_levels)
    set(flags "-march=${named}")
  elseif(named STREQUAL "x86-64-v3")
    set(flags -mavx2 -mfma)
  elseif(named STREQUAL "x86-64-v4")
    set(flags -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl)
  endif()
  set(${result} "${flags}" PARENT_SCOPE)
endfunction()

# Whether the flags of a configuration, with those that the target has by now, end with less than -O2; levels for size are no less.
function(nngen_is_slow result configuration target)
  string(TOUPPER "${configuration}" upper)
  get_target_property(own ${target} COMPILE_OPTIONS)
  list(JOIN own " " own)
  string(REGEX MATCHALL " -O[^ ]*" levels " ${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${upper}} ${own}")
  list(POP_BACK levels level)
  set(${result} TRUE PARENT_SCOPE)
  if(level MATCHES "-O([2-9sz]|fast)")
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# condition: where -O2 is to be added, as a generator expression; names: of these configurations, as text.
function(nngen_slow_configurations condition names target)
  set(slow "")
  foreach(configuration IN LISTS CMAKE_CONFIGURATION_TYPES)
    nngen_is_slow(is_slow "${configuration}" ${target})
    if(is_slow)
      list(APPEND slow "${configuration}")
    endif()
  endforeach()
  list(JOIN slow "," list)
  set(${condition} "$<CONFIG:${list}>" PARENT_SCOPE)
  if(NOT CMAKE_CONFIGURATION_TYPES)
    nngen_is_slow(is_slow "${CMAKE_BUILD_TYPE}" ${target})
    set(${condition} "$<BOOL:${is_slow}>" PARENT_SCOPE)
    if(is_slow)
      set(slow "${CMAKE_BUILD_TYPE} build")
      string(REGEX REPLACE "^ build" "no build type" slow "${slow}")
    endif()
  endif()
  list(JOIN slow ", " slow)
  set(${names} "${slow}" PARENT_SCOPE)
endfunction()

# Options for the net's C, as a property of that file, and a line on what nobody asked for.
function(nngen_set_flags target output level options)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "GNU|Clang|Intel")
    return()
  endif()
  nngen_target_flag(flags "${options}")
  set(said ${flags})
  set(slow "")
  if(level)
    list(APPEND flags "${level}")
  else()
    nngen_slow_configurations(condition slow ${target})
  endif()
  if(slow)
    list(APPEND flags "$<${condition}:-O2>")
    list(APPEND said "-O2 (${slow}: LEVEL -O0 is for a debugger)")
  endif()
  set_property(SOURCE "${output}" TARGET_DIRECTORY ${target} APPEND PROPERTY COMPILE_OPTIONS ${flags})
  if(said)
    list(JOIN said " " said)
    get_filename_component(name "${output}" NAME)
    message(STATUS "nngen: ${name} of ${target} is compiled with ${said}")
  endif()
endfunction()

# The folders of the headers that emitted C includes.
function(nngen_runtime_folder result)
  get_property(folder GLOBAL PROPERTY nngen_runtime)
  if(NOT folder)
    set(folder "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../runtime")
  endif()
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()

function(nngen_network target model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "LEVEL" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "nngen_add_network: unexpected '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  nngen_find(nngen depends)
  nngen_runtime_folder(runtime)

  get_filename_component(model "${model}" ABSOLUTE)
  get_filename_component(name "${model}" NAME_WE)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.nngen")
  set(output "${folder}/${name}.c")
  file(MAKE_DIRECTORY "${folder}")

  # The stamp says when nngen ran last; the C itself keeps its time while its bytes stay the same. -MT takes it as make writes it.
  string(REPLACE "$" "$$" rule "${output}.stamp")
  string(REGEX REPLACE "([ #])" "\\\\\\1" rule "${rule}")
  add_custom_command(
    OUTPUT "${output}.stamp"
    BYPRODUCTS "${output}" "${folder}/${name}.h"
    COMMAND ${nngen} ${arg_OPTIONS} -MD -MF "${output}.d" -MT "${rule}" -o "${output}" "${model}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${output}.stamp"
    DEPENDS "${model}" ${depends}
    DEPFILE "${output}.d"
    COMMENT "Generating ${name}.c from ${name}.def"
    VERBATIM)
  string(MAKE_C_IDENTIFIER "${name}" word)
  add_custom_target(${target}_${word}_network DEPENDS "${output}.stamp")
  add_dependencies(${target} ${target}_${word}_network)
  target_sources(${target} PRIVATE "${output}")
  nngen_set_flags(${target} "${output}" "${arg_LEVEL}" "${arg_OPTIONS}")
  set_property(SOURCE "${output}" TARGET_DIRECTORY ${target} PROPERTY GENERATED TRUE)
  set_source_files_properties("${output}" TARGET_DIRECTORY ${target} PROPERTIES
    SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>" "$<BUILD_INTERFACE:${runtime}>")
  # Not by target_link_libraries, which has two forms that a project may not mix.
  set_property(TARGET ${target} APPEND PROPERTY LINK_LIBRARIES m)
  set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES "$<LINK_ONLY:m>")
endfunction()
