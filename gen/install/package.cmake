# Packages by CPack. `cpack -G DEB` in a build folder that was configured with -DCMAKE_INSTALL_PREFIX=/usr makes nngen and
# libnngen-dev; `cpack --config CPackSourceConfig.cmake` a tarball of the sources, which needs no git. In: what is installed.

set(CPACK_PACKAGE_NAME nngen)
set(CPACK_PACKAGE_VENDOR "the nngen authors")
set(CPACK_PACKAGE_CONTACT "${NNGEN_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "generator of C for fixed neural networks")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

# The sources are all that lies here but builds and what git keeps.
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME "nngen-${PROJECT_VERSION}")
set(CPACK_SOURCE_IGNORE_FILES "/build/" "/\\.git/" "/\\.git$" "/_CPack_Packages/" "~$")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME nngen)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS libnngen-dev)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "nngen turns the description of a neural network into C: forward pass,
backward pass and optimizer, with every shape a literal, unrolled, without
allocation or library. The result trains and predicts on a server, in a
control loop or on a microcontroller, and can be read.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libnngen-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "nngen (= ${PROJECT_VERSION}), libjansson-dev, zlib1g-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "This package has the headers that the C of nngen includes, and the library
that makes such C a program, which reads data files, trains and predicts;
with what CMake and pkg-config need to find them.")

# What Debian wants to lie elsewhere, or compressed.
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/debian.cmake")
set(CPACK_NNGEN_COPYRIGHT "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_NNGEN_CHANGES "${CMAKE_CURRENT_LIST_DIR}/changelog")

include(CPack)
