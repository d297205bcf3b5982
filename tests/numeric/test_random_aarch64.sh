# Random networks on aarch64: test_random.c, the generator and the generic library by a cross compiler, run by an emulator; it
# generates nets for aarch64 and loads what the cross compiler makes of them: six, or in the long run two hundred.
set -e
machine=aarch64
. "$NNGEN_SOURCE/tests/cross.sh"
tests=$NNGEN_SOURCE/tests
objects=$(mktemp -d "$NNGEN_SCRATCH/aarch64.XXXXXX")
trap 'rm -rf "$objects"' EXIT

version=$(sed -n 's/^project(nngen VERSION \([0-9.]*\).*/\1/p' "$NNGEN_SOURCE/CMakeLists.txt")
level=-O0
networks=6
if [ "${NNGEN_LONG:-}" = 1 ]; then
    level=-O1
    networks=200
fi

# compile FOLDER FILE...: objects in a folder of their own, for names repeat
compile() {
    mkdir "$objects/$1"
    cd "$objects/$1"
    shift
    aarch64-linux-gnu-gcc -c $level -std=gnu11 -DNNGEN_VERSION="\"$version\"" -DNNGEN_SOURCE="\"$NNGEN_SOURCE\"" \
        -DNNGEN_SCRATCH="\"$objects\"" -DNNGEN_CFLAGS="\"-I$NNGEN_SOURCE/runtime\"" \
        -DNUMERIC_CC='"aarch64-linux-gnu-gcc"' -I"$tests/unit/cross" -I"$tests" -I"$tests/generic" -I"$tests/numeric" \
        -I"$NNGEN_SOURCE/gen" -I"$NNGEN_SOURCE/runtime" "$@"
}

# library FOLDER...: their sources but for programs, and what has assertions of its own
library() {
    find "$@" -maxdepth 1 -name '*.c' ! -name cli.c ! -name 'test_*' ! -name 'bench_*' \
        -exec grep -L 'include <criterion/' {} +
}

# shellcheck disable=SC2046  # sources are words
{
    compile gen $(library "$NNGEN_SOURCE/gen" "$NNGEN_SOURCE"/gen/*/ "$NNGEN_BUILD/gen" "$NNGEN_SOURCE/runtime/replace")
    compile generic $(library "$tests/generic")
    compile numeric $(library "$tests/numeric") "$tests/numeric/test_random.c"
}
aarch64-linux-gnu-gcc "$objects"/*/*.o -lm -o "$objects/test_random"
NNGEN_NETWORKS=$networks NNGEN_TARGET=4 qemu-aarch64 -L /usr/aarch64-linux-gnu "$objects/test_random"
