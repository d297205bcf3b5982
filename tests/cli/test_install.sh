# `cmake --install` leaves what README.md says, and other projects use it: find_package from the installed tree, moved to another
# place, and from the build tree; C alone, C++ alone and both; paths with blanks; several configurations in one build; flags.
# The long run also takes nngen in by add_subdirectory and FetchContent, and builds for another machine.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

version=$(sed -n 's/^project(nngen VERSION \([0-9.]*\).*/\1/p' "$NNGEN_SOURCE/CMakeLists.txt")
cmake --install "$NNGEN_BUILD" --prefix "$work/first" >log 2>&1 || fail "$(cat log)"
mv first "a prefix" # nothing in it knows where it was installed
prefix="$work/a prefix"
package=$(dirname "$(find "$prefix" -name nngen-config.cmake)")
library=$(dirname "$(dirname "$package")")
for file in bin/nngen include/nngen/nn_math.h include/nngen/nn_host.h include/nngen/nn_network.h share/doc/nngen/LICENSE \
    share/man/man1/nngen.1 share/man/man5/nngen.5 share/man/man1/nngen-net.1 share/bash-completion/completions/nngen \
    share/zsh/vendor-completions/_nngen share/zsh/vendor-completions/_nngen_net share/fish/vendor_completions.d/nngen.fish; do
    [ -s "$prefix/$file" ] || fail "no $file is installed"
done
[ -s "$library/libnngen.a" ] && [ -s "$library/pkgconfig/nngen.pc" ] || fail "$library lacks libnngen.a or pkgconfig/nngen.pc"
for header in "$NNGEN_SOURCE"/runtime/*.h; do
    cmp -s "$header" "$prefix/include/nngen/$(basename "$header")" || fail "$(basename "$header") is not installed"
done
! grep -rlF -e "$NNGEN_SOURCE" -e "$NNGEN_BUILD" "$package" "$library/pkgconfig" || fail "files name the source or the build folder"

# Without CMake: pkg-config, where it is.
if command -v pkg-config >/dev/null; then
    export PKG_CONFIG_PATH="$library/pkgconfig"
    [ "$(pkg-config --modversion nngen)" = "$version" ] || fail "pkg-config: another version"
    eval "$(pkg-config --variable=nngen nngen) --version" >/dev/null || fail "pkg-config does not know the program"
    echo '#include "nn_host.h"' >header.c
    eval "$NNGEN_CC -fsyntax-only $(pkg-config --cflags nngen) header.c" || fail "pkg-config --cflags: $(pkg-config --cflags nngen)"
    pkg-config --libs nngen | grep -q -- '-lnngen -ljansson -lz -lm' || fail "pkg-config --libs: $(pkg-config --libs nngen)"
fi

# project NAME LANGUAGES SOURCE LINES: a project in a folder with a blank, of which the net is in a folder with another.
project() {
    mkdir -p "$1 it/my nets"
    grep -v tanh model.def | sed 's/dense(h, 2)/dense(x, 2)/' >"$1 it/my nets/small.def"
    printf 'cmake_minimum_required(VERSION 3.20)\nproject(%s LANGUAGES %s)\n' "$1" "$2" >"$1 it/CMakeLists.txt"
    cat >>"$1 it/CMakeLists.txt"
    cat >"$1 it/main.$3" <<'MAIN'
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
}

# configures NAME option...: cmake into "NAME it/build".
configures() {
    name=$1
    shift
    cmake -S "$name it" -B "$name it/build" -DCMAKE_C_COMPILER="$NNGEN_CC" "$@" >log 2>&1 || fail "$name: $(cat log)"
}

# builds NAME option...: all of it; its program runs, wherever it lies.
builds() {
    name=$1
    shift
    cmake --build "$name it/build" "$@" >log 2>&1 || fail "$name: $(cat log)"
    program=$(find "$name it/build" -name app -type f | head -n 1)
    [ "$("$program")" = "2 outputs" ] || fail "$name: the program does not run"
}

# The installed tree, in a project of C: in Debug the net is compiled with -O2 and says so, or as LEVEL says; a target gets its flag;
# the driver's library links.
project installed C c <<'CMAKE'
find_package(nngen 0.2 REQUIRED)
add_executable(app main.c)
nngen_add_network(app "my nets/small.def")
add_executable(trainer)
target_compile_definitions(trainer PRIVATE NN_MAIN)
nngen_add_network(trainer "my nets/small.def" LEVEL -O0)
target_link_libraries(trainer PRIVATE nngen::host)
add_library(wide OBJECT EXCLUDE_FROM_ALL main.c)
nngen_add_network(wide "my nets/small.def" OPTIONS --exact --target x86-64-v3)
CMAKE
configures installed "-DCMAKE_PREFIX_PATH=$prefix" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
has log "nngen: small.c of app is compiled with -O2 (Debug build: LEVEL -O0 is for a debugger)"
has log "nngen: small.c of wide is compiled with -march=x86-64-v3 -O2 (Debug build"
! grep -q 'small.c of trainer' log || fail "what LEVEL asks for needs no line"

# flags_of TARGET: of the net's C.
flags_of() {
    grep -F "/$1.nngen/small.c.o" "installed it/build/compile_commands.json" | grep command
}
case $(flags_of app) in *" -g -O2 "*) ;; *) fail "in Debug: $(flags_of app)" ;; esac
case $(flags_of trainer) in *" -O0 "*) ;; *) fail "LEVEL: $(flags_of trainer)" ;; esac
case $(flags_of trainer) in *" -O2 "*) fail "LEVEL: $(flags_of trainer)" ;; esac
case $(flags_of wide) in *" -march=x86-64-v3 "*) ;; *) fail "--target: $(flags_of wide)" ;; esac
builds installed
"installed it/build/trainer" info | grep -q "small" || fail "the driver does not run"
grep -qF "$prefix/bin/nngen" "installed it/build/CMakeFiles/app_small_network.dir/build.make" || fail "another nngen was run"

# Other versions are refused, older and newer ones.
for wanted in 0.1 0.3 1.0; do
    sed "s/nngen 0.2/nngen $wanted/" "installed it/CMakeLists.txt" >"$work/other.txt"
    mkdir -p other && cp other.txt other/CMakeLists.txt
    ! cmake -S other -B other/build -DCMAKE_C_COMPILER="$NNGEN_CC" "-DCMAKE_PREFIX_PATH=$prefix" >log 2>&1 || fail "0.2 stands for $wanted"
    has log "$version"
    rm -r other
done

# The build tree, in a project of C++ alone, with several configurations where ninja is there.
project built CXX cc <<'CMAKE'
find_package(nngen 0.2 REQUIRED)
add_executable(app main.cc)
nngen_add_network(app "my nets/small.def")
CMAKE
if command -v ninja >/dev/null; then
    configures built -G "Ninja Multi-Config" "-Dnngen_DIR=$NNGEN_BUILD" -DCMAKE_DEFAULT_BUILD_TYPE=Debug
    has log "is compiled with -O2 (Debug: LEVEL"
    builds built --verbose
    grep small.c.o log | grep -q -- ' -O2 ' || fail "Debug: no -O2: $(cat log)"
    builds built --config Release --verbose
    grep small.c.o log | grep -q -- ' -O2 ' && fail "Release: -O2 behind -O3: $(cat log)"
    builds built --config Debug
    ! grep -q -e "Building C" -e Generating log || fail "one configuration after another, and the C was made anew: $(cat log)"
else
    configures built "-Dnngen_DIR=$NNGEN_BUILD"
    builds built
    builds built
    ! grep -q Generating log || fail "nngen runs again although nothing changed: $(cat log)"
fi

[ "${NNGEN_LONG:-}" = 1 ] || exit 0

# All of nngen as a part of a project of C++ alone, and of one of both languages in whose folder it is not the first.
project fetched CXX cc <<CMAKE
include(FetchContent)
FetchContent_Declare(nngen SOURCE_DIR "$NNGEN_SOURCE")
FetchContent_MakeAvailable(nngen)
add_executable(app main.cc)
nngen_add_network(app "my nets/small.def")
CMAKE
configures fetched
builds fetched --parallel 2
! cmake --install "fetched it/build" --prefix "$work/nothing" >log 2>&1 || [ ! -e nothing ] || fail "a project that uses nngen installs it"

project contained "C CXX" cc <<CMAKE
add_subdirectory("$NNGEN_SOURCE" tool)
add_executable(app main.cc)
target_link_libraries(app pthread)
nngen_add_network(app "my nets/small.def")
CMAKE
configures contained
builds contained --parallel 2

# For another machine, with a nngen that is built for this one; again where nothing changed, nothing is done.
project crossed C c <<CMAKE
include("$NNGEN_SOURCE/gen/nngen.cmake")
add_executable(app main.c)
nngen_add_network(app "my nets/small.def")
CMAKE
generators="Unix Makefiles"
! command -v ninja >/dev/null || generators="$generators|Ninja|Ninja Multi-Config"
echo "$generators" | tr '|' '\n' >list
while read -r generator; do
    rm -rf "crossed it/build"
    configures crossed -G "$generator" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_C_FLAGS=-DNO_SUCH_FLAG_FOR_NNGEN
    has log "nngen: built for this machine in"
    builds crossed --parallel 2
    cmake --build "crossed it/build" >log 2>&1 || fail "$(cat log)"
    ! grep -q Generating log || fail "$generator: nngen runs again although nothing changed: $(cat log)"
done <list
if command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null; then
    rm -rf "crossed it/build"
    cmake -S "crossed it" -B "crossed it/build" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
        -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DCMAKE_EXE_LINKER_FLAGS=-static "-DNNGEN_EXECUTABLE=$prefix/bin/nngen" >log 2>&1 || fail "$(cat log)"
    cmake --build "crossed it/build" >log 2>&1 || fail "$(cat log)"
    [ "$(qemu-aarch64 "crossed it/build/app")" = "2 outputs" ] || fail "the program for aarch64 does not run"
fi
