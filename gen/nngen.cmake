# nngen_add_network(TARGET MODEL.def [OPTIONS option...])
#
# Generates C from MODEL.def with nngen and adds it, its header's folder, the runtime's and libm to TARGET. The C is made anew
# when the model, nngen or the options change. nngen is the program NNGEN_EXECUTABLE where that is set, as a cross build must,
# else the one of this project where it contains nngen, else it is built beside the project from the sources around this file.

# What runs nngen, for add_custom_command.
function(nngen_find result)
  if(NNGEN_EXECUTABLE)
    set(${result} "${NNGEN_EXECUTABLE}" PARENT_SCOPE)
    return()
  endif()
  if(NOT TARGET nngen_tool AND CMAKE_CROSSCOMPILING)
    message(FATAL_ERROR "nngen_add_network: set NNGEN_EXECUTABLE to a program nngen that runs on this machine")
  endif()
  if(NOT TARGET nngen_tool)
    add_subdirectory("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/.." "${CMAKE_BINARY_DIR}/nngen" EXCLUDE_FROM_ALL)
  endif()
  set(${result} nngen_tool PARENT_SCOPE)
endfunction()

function(nngen_add_network target model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "nngen_add_network: unexpected '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  nngen_find(nngen)

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
  target_include_directories(${target} PUBLIC "${folder}" "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../runtime")
  # Not by target_link_libraries, which has two forms that a project may not mix.
  set_property(TARGET ${target} APPEND PROPERTY LINK_LIBRARIES m)
  set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES "$<LINK_ONLY:m>")
endfunction()
