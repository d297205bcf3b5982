# In: -DARRAY=embedded_x -DOUTPUT=FILE.c -DFILES=a;b;c (full paths). Out: OUTPUT, a C file that defines the array
# ARRAY of type Embedded and ARRAY_count. Plain CMake, so that the build needs no other tool.

set(arrays "")
set(rows "")
set(number 0)
list(SORT FILES)
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(SIZE "${file}" size)
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND arrays "\nstatic const char file_${number}[] = {\n${bytes}0};\n")
  string(APPEND rows "    {\"${name}\", file_${number}, ${size}},\n")
  math(EXPR number "${number} + 1")
endforeach()

# C has no empty arrays: a last row that the count leaves out.
file(WRITE "${OUTPUT}" "#include \"base/embedded.h\"\n${arrays}
const Embedded ${ARRAY}[] = {\n${rows}    {0, 0, 0},\n};
const int ${ARRAY}_count = ${number};\n")
