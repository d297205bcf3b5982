# nngen_add_network in a project of somebody else: it builds as the README says, runs nngen again when the model or an option
# changes, and only then; with make and, where it is installed, ninja.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

mkdir project
mv model.def project/small.def
cat >project/CMakeLists.txt <<CMAKE
cmake_minimum_required(VERSION 3.20)
project(outside LANGUAGES C)
set(NNGEN_EXECUTABLE "$work/counting")
include("$NNGEN_SOURCE/gen/nngen.cmake")
add_executable(outside main.c other.c)
nngen_add_network(outside small.def OPTIONS --target=c99 \${more})
CMAKE
cat >project/main.c <<'MAIN'
#include "small.h"
#include <stdio.h>

static small net;
static small_predict_work work;

int main(void) {
    const float x[3] = {1, 2, 3};
    float p[2];
    small_init(&net, 1);
    small_predict(&net, &work, x, p);
    printf("%d outputs\n", p[0] == p[0] ? 2 : 0);
    return 0;
}
MAIN
echo 'int other; int other_function(void); int other_function(void) { return other; }' >project/other.c

# Stands for nngen and counts its runs.
cat >counting <<COUNTING
#!/bin/sh
echo run >>"$work/runs"
exec "$NNGEN_TOOL" "\$@"
COUNTING
chmod +x counting

# runs WHAT N: builds; nngen must have run N times for it.
runs() {
    : >runs
    cmake --build build >log 2>&1 || fail "$1: $(cat log)"
    found=$(wc -l <runs)
    [ "$found" -eq "$2" ] || fail "$generator: $1: nngen ran $found times, not $2"
}

# Time stamps have to differ from what was built just now.
later() {
    sleep 1.1
}

try_generator() {
    generator=$1
    rm -rf build
    cmake -S project -B build -G "$generator" -DCMAKE_C_COMPILER="$NNGEN_CC" >log 2>&1 || fail "$(cat log)"
    runs "first build" 1
    [ "$(build/outside)" = "2 outputs" ] || fail "the program does not run"
    runs "nothing changed" 0
    later
    touch project/other.c
    runs "another source touched" 0
    later
    touch project/small.def
    runs "model touched" 1
    grep -q 'small.c.o' log && fail "$generator: the same C was compiled again"
    runs "after the touch" 0
    later
    sed -i 's/dense(x, 4)/dense(x, 6)/' project/small.def
    runs "model changed" 1
    grep -q 'small.c.o' log || fail "$generator: the new C was not compiled"
    runs "after the change" 0
    later
    touch counting
    runs "nngen changed" 1
    cmake -S project -B build -Dmore=--precision=double >/dev/null
    sed -i 's/const float x/const double x/; s/float p/double p/' project/main.c
    runs "option changed" 1
    sed -i 's/const double x/const float x/; s/double p/float p/' project/main.c
    sed -i 's/dense(x, 6)/dense(x, 4)/' project/small.def
}

try_generator "Unix Makefiles"
if command -v ninja >/dev/null; then
    try_generator Ninja
fi

# What goes wrong is said when the project is configured.
echo 'nngen_add_network(outside small.def --target=c99)' >>project/CMakeLists.txt
cmake -S project -B build >log 2>&1 && fail "an argument without OPTIONS is accepted"
has log "nngen_add_network: unexpected '--target=c99'"
sed -i '$d; /NNGEN_EXECUTABLE/d; s/--target=c99/--target=native/' project/CMakeLists.txt
cmake -S project -B cross -DCMAKE_SYSTEM_NAME=Linux "-DNNGEN_NATIVE_CC=$work/none" >log 2>&1 && fail "nngen is built without a compiler"
has log "set NNGEN_NATIVE_CC"
cmake -S project -B cross -DCMAKE_SYSTEM_NAME=Linux "-DNNGEN_EXECUTABLE=$NNGEN_TOOL" >log 2>&1 && fail "native of another machine is accepted"
has log "--target=native is this machine"
cmake -S project -B cross -DNNGEN_EXECUTABLE=no_such_nngen >log 2>&1 && fail "a program that is not there is accepted"
has log "there is no program 'no_such_nngen', which"
cat >project/CMakeLists.txt <<CMAKE
cmake_minimum_required(VERSION 3.20)
project(outside LANGUAGES CXX)
include("$NNGEN_SOURCE/gen/nngen.cmake")
function(wrapped)
  nngen_add_network(outside small.def)
endfunction()
wrapped()
CMAKE
rm -r cross
cmake -S project -B cross >log 2>&1 && fail "C is enabled in a function"
has log "add C to the LANGUAGES"

# The README's own lines, its model and its program.
readme=$NNGEN_SOURCE/README.md
shown() {
    awk -v mark="<!-- checked by $1 -->" '
        index($0, mark) { seen = 1; next }
        seen && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$readme"
}
mkdir readme
shown "tests/cli/test_readme.sh: model" >readme/digits.def
shown "tests/cli/test_readme.sh: program" >readme/app.c
cat >>readme/app.c <<'MAIN'
int main(void) {
    static float images[32 * 64], p[10];
    begin(images, 1);
    learn(images, (const int32_t[32]){0});
    recognise(images, p);
    return !(p[0] > 0);
}
MAIN
[ "$(wc -l <readme/digits.def)" -gt 5 ] || fail "the README has no model"

# builds_readme WHAT FIRST BEHIND: with FIRST in place of its find_package, and a line behind.
builds_readme() {
    {
        printf 'cmake_minimum_required(VERSION 3.20)\nproject(app LANGUAGES C)\n%s\n' "$2"
        shown "tests/cli/test_cmake.sh: cmake" | grep -v '^find_package(nngen 0.2 REQUIRED)$'
        echo "$3"
    } >readme/CMakeLists.txt
    rm -rf build
    cmake -S readme -B build -DCMAKE_C_COMPILER="$NNGEN_CC" >log 2>&1 || fail "$1: $(cat log)"
    cmake --build build --parallel 2 >log 2>&1 || fail "$1: $(cat log)"
    build/app || fail "$1: the program fails"
    grep -q '^CMAKE_BUILD_TYPE:[A-Z]*=$' build/CMakeCache.txt || fail "$1: the project's build type has changed"
}

# In the short run the objects of nngen's library are those of this build, where they link with nothing else: what is tried is how
# nngen becomes a part of the project.
launcher=""
case ${NNGEN_LONG:-}$NNGEN_CFLAGS in
1* | *" -f"*) ;;
*)
    launcher="set(CMAKE_C_COMPILER_LAUNCHER \"$work/reuse\")"
    cat >reuse <<REUSE
#!/bin/sh
for word; do
    case \$word in CMakeFiles/nngen_core.dir/*.o) object=\$word ;; esac
done
[ -f "$NNGEN_BUILD/gen/\$object" ] || exec "\$@"
cp "$NNGEN_BUILD/gen/\$object" "\$object"
REUSE
    chmod +x reuse
    ;;
esac
builds_readme "nngen is built with the project" "$launcher
include(\"$NNGEN_SOURCE/gen/nngen.cmake\")" ""
[ -x build/nngen/nngen ] || fail "where is nngen?"
if [ "${NNGEN_LONG:-}" = 1 ]; then # all of nngen once more
    builds_readme "the project contains nngen" "add_subdirectory(\"$NNGEN_SOURCE\" tool)" "target_link_libraries(app pthread)"
    [ -x build/tool/nngen ] || fail "where is nngen?"
fi
builds_readme "nngen is found" "find_package(nngen 0.2 REQUIRED PATHS \"$NNGEN_BUILD\")" "target_link_libraries(app PRIVATE pthread)"
