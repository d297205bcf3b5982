#!/bin/sh
# Times emitted code against plain loops and the generic library on every model, and says how long emitted code takes to
# compile. Installs what is missing on Debian. Prints tables in Markdown; leaves build/bench/bench.csv. Never judges: only
# contenders that compute different things are a failure.
#
#   CC="gcc clang"   compilers, one table each
#   CFLAGS=-O3       of all contenders
#   ROUNDS=11        turns of each contender
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/bench
flags=${CFLAGS:--O3}
rounds=${ROUNDS:-11}

sh "$top/tests/packages.sh" cmake make gcc libc6-dev libjansson-dev zlib1g-dev
sh "$top/tests/packages.sh" clang libopenblas-dev || echo "without clang and libopenblas-dev, what needs them is left out"

# One core for all.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# Prints the milliseconds on a core that a command takes: the least of three runs.
milliseconds() {
    for _ in 1 2 3; do
        (
            "$@"
            times >"$build/times" # not through a pipe: that would be another shell's
        )
        tail -n 1 "$build/times"
    done | sed 's/[ms]/ /g' | awk '{ took = 1000 * (60 * ($1 + $3) + $2 + $4)
        if (NR == 1 || took < least) least = took } END { printf "%.0f\n", least }'
}

# run COMPILER: builds and prints the table.
run() {
    name=$(basename "$1")
    folder=$build/$name
    mkdir -p "$folder"
    {
        cmake -S "$top/tests/bench" -B "$folder" -DCMAKE_C_COMPILER="$1" -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_C_FLAGS_RELEASE="$flags" &&
            cmake --build "$folder" --target bench --parallel "$(nproc)"
    } >"$folder/build.log" 2>&1 || {
        tail -n 40 "$folder/build.log"
        exit 1
    }
    echo
    echo "$("$1" --version | head -n 1), $flags. Microseconds, minimum (median) of $rounds rounds, one core:"
    echo
    "$folder/bench" "$rounds" "$build/bench.csv" "$name"
}

# compile COMPILER TARGET: how long the 784-128-10 takes at -O2.
compile() {
    emitted=$build/$(basename "$1")/generated_mnist_$2.nngen/mnist_$2.c
    took=$(milliseconds "$1" -std=c11 -O2 -I"$top/runtime" -c "$emitted" -o "$build/compiled.o")
    echo "$(basename "$1") -O2 compiles the 784-128-10 of --target=$2, $(wc -c <"$emitted") bytes, in $took ms"
}

mkdir -p "$build"
echo "compiler,net,operation,contender,minimum,median" >"$build/bench.csv"
echo "CPU: $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(uname -m)"
for compiler in ${CC:-gcc clang}; do
    if ! command -v "$compiler" >/dev/null; then
        echo "$compiler: not there"
        continue
    fi
    run "$compiler"
    echo
    compile "$compiler" c99
    compile "$compiler" generic
done
