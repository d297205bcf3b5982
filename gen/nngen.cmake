# nngen_add_network(TARGET MODEL.def [OPTIONS option...])
#
# Generates C from MODEL.def with nngen and adds it, its header's folder and the runtime's to TARGET. The C is made anew when
# the model, nngen or the options change. In a project that does not contain nngen, set NNGEN_EXECUTABLE to the program;
# that is also how a cross build names a tool of its host.

set(NNGEN_RUNTIME_DIR "${CMAKE_CURRENT_LIST_DIR}/../runtime")

function(nngen_add_network target model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "nngen_add_network: unexpected '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NNGEN_EXECUTABLE)
    set(nngen "${NNGEN_EXECUTABLE}")
  elseif(TARGET nngen_tool)
    set(nngen nngen_tool)
  else()
    message(FATAL_ERROR "nngen_add_network: set NNGEN_EXECUTABLE to the program nngen")
  endif()

  get_filename_component(model "${model}" ABSOLUTE)
  get_filename_component(name "${model}" NAME_WE)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.nngen")
  set(output "${folder}/${name}.c")
  file(MAKE_DIRECTORY "${folder}")

  # The stamp says when nngen ran last; the C itself keeps its time while its bytes stay the same.
  add_custom_command(
    OUTPUT "${output}.stamp"
    BYPRODUCTS "${output}" "${folder}/${name}.h"
    COMMAND ${nngen} ${arg_OPTIONS} -MD -MF "${output}.d" -MT "${output}.stamp" -o "${output}" "${model}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${output}.stamp"
    DEPENDS "${model}" ${nngen}
    DEPFILE "${output}.d"
    COMMENT "Generating ${name}.c from ${name}.def"
    VERBATIM)
  add_custom_target(${target}_${name}_network DEPENDS "${output}.stamp")
  add_dependencies(${target} ${target}_${name}_network)
  target_sources(${target} PRIVATE "${output}")
  target_include_directories(${target} PUBLIC "${folder}" "${NNGEN_RUNTIME_DIR}")
endfunction()
