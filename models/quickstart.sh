#!/bin/sh
# Builds nngen, makes C from models/digits/digits.def, compiles it and trains it on handwritten digits. Installs what is missing
# on Debian. All files go to build/quickstart.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/quickstart
. "$top/tests/building.sh"

run() {
    echo "\$ $*"
    "$@"
}

writable_folder "$build"
sh "$top/tests/packages.sh" cmake make gcc libc6-dev libjansson-dev zlib1g-dev

echo "building nngen"
rm -f "$build/built"
{
    cmake -S "$top" -B "$build" -DCMAKE_BUILD_TYPE=Release -DNNGEN_TESTS=OFF &&
        cmake --build "$build" --target nngen_tool nngen_host --parallel "$(nproc)" && : >"$build/built"
} 2>&1 | progress "$build/build.log"
if [ ! -f "$build/built" ]; then
    cat "$build/build.log"
    exit 1
fi

cd "$top"
out=${build#"$top"/}
run "$out/nngen" models/digits/digits.def -o "$out/digits.c"
run cc -std=c11 -O2 -DNN_MAIN -Iruntime "$out/digits.c" "$out/libnngen.a" -ljansson -lz -lm -o "$out/digits"
run "$out/digits" train --data models/digits/train.csv --test models/digits/test.csv --epochs 60 --seed 1 \
    --save "$out/digits.weights"
