#!/bin/sh
# Times emitted code against plain loops, the generic library, and hand-written steps on the matrix products of every
# library that is there, on one core, and says how long emitted code takes to compile. Installs what is missing on Debian.
# Prints tables in Markdown; leaves build/bench/bench.csv and bench.svg. Never judges: only contenders that compute
# different things are a failure.
#
#   sh tests/bench/run.sh [nets]     the seven nets of tests/bench/nets
#   sh tests/bench/run.sh models     the networks of models/, plain loops and generic library alone
#
#   NETS="784-128-10 2-4-2"          parts of names; all by default
#   CONTENDERS="generic, C + MKL"    parts of names, separated by commas; all by default
#   ROUNDS=11                        turns of each contender
#   CC="gcc clang"                   compilers, one report each; gcc by default
#   PYTHON=python3                   what has PyTorch or JAX, if anything has
#   CORE=1                           the core to run on; the last by default
#   COMPILE_CC="gcc clang"           compilers whose time over emitted code is told at the end; NO_COMPILE=1 leaves it out
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/bench
. "$top/tests/building.sh"
. "$top/tests/bench/nets.sh"
kind=${1:-nets}
rounds=${ROUNDS:-11}

sh "$top/tests/packages.sh" cmake make gcc libc6-dev libjansson-dev zlib1g-dev
for package in clang libopenblas-dev libxsmm-dev libdnnl-dev libfann-dev; do
    sh "$top/tests/packages.sh" $package || echo "skipped: what needs $package"
done

# Where pip has put MKL, if it has.
mkl_root() {
    for python in python3 python; do
        "$python" -c 'import glob, os, site, sys
roots = [sys.prefix, site.USER_BASE]
print(next((r for r in roots if os.path.exists(r + "/include/mkl.h") and glob.glob(r + "/lib/libmkl_rt*")), ""))' \
            2>/dev/null && return
    done
}

# Builds nngen and lists the targets that it knows and this CPU's family can run.
build_nngen() {
    logged "$build/nngen.log" cmake -S "$top" -B "$build/nngen" -DCMAKE_BUILD_TYPE=Release -DNNGEN_TESTS=OFF \
        -DNNGEN_HOST=OFF
    logged "$build/nngen.log" cmake --build "$build/nngen" --target nngen_tool --parallel "$(nproc)"
    nngen=$build/nngen/nngen
    known=$(targets_of "$nngen" | tr '\n' ';')
    known=${known%;}
}

# run COMPILER: builds and prints the tables.
run() {
    name=$(basename "$1")
    folder=$build/$name
    chart=
    [ "$kind" != nets ] || chart=$build/bench.svg
    mkdir -p "$folder"
    logged "$folder/build.log" cmake -S "$top/tests/bench" -B "$folder" -DCMAKE_C_COMPILER="$1" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O3 -DNNGEN_EXECUTABLE="$nngen" -DBENCH_TARGETS="$known" \
        -DMKL_ROOT="$(mkl_root)"
    logged "$folder/build.log" cmake --build "$folder" --target "bench_$kind" --parallel "$(nproc)"
    echo
    echo "$(version_of "$1"), -O3. Microseconds, minimum (median) of $rounds rounds, one core."
    # shellcheck disable=SC2086  # a word, or none
    NETS=$(echo "${NETS:-}" | tr ' ' ',') on_core "$folder/bench_$kind" "$rounds" "$name" "$build/bench.csv" $chart
}

# milliseconds COMMAND...: the milliseconds on a core that it takes, the least of three runs, or of one that takes long.
milliseconds() {
    CCACHE_DISABLE=1 "$build/timed" 3 "$@" | cut -d ' ' -f 1
}

# compile COMPILER...: how long nngen takes over each net and target, and the compilers over what it writes.
compile() {
    make_tool "$build/timed" timed.c
    echo
    echo "Milliseconds on one core to generate and to compile:"
    echo
    head="| net | target | bytes | nngen |"
    rule="|---|---|--:|--:|"
    for compiler in "$@"; do
        command -v "$compiler" >/dev/null || continue
        head="$head $compiler -O2 | $compiler -O3 |"
        rule="$rule--:|--:|"
    done
    printf '%s\n%s\n' "$head" "$rule"
    for model in "$top"/tests/bench/nets/*.def; do
        net=$(label "$model")
        is_wanted "$net" || continue
        for target in $(echo "$known" | tr ';' ' '); do
            emitted=$build/compiled.c
            row="| $net | $target |"
            took=$(milliseconds "$nngen" --target="$target" -o "$emitted" "$model")
            row="$row $(wc -c <"$emitted") | $took |"
            for compiler in "$@"; do
                command -v "$compiler" >/dev/null || continue
                for level in -O2 -O3; do
                    # shellcheck disable=SC2046  # several words
                    took=$(milliseconds "$compiler" -std=c11 $level $(flags_of "$target") -I"$top/runtime" -c "$emitted" \
                        -o "$build/compiled.o")
                    row="$row $took |"
                done
            done
            echo "$row"
        done
    done
}

writable_folder "$build"
build_nngen
echo "compiler,net,operation,contender,minimum us,median us,rounds,GFLOP/s,share of peak,best other : this" >"$build/bench.csv"
cpu
for compiler in ${CC:-gcc}; do
    if ! command -v "$compiler" >/dev/null; then
        echo "skipped: $compiler: not there"
        continue
    fi
    run "$compiler"
done
if [ "$kind" = nets ] && command -v "${PYTHON:-python3}" >/dev/null; then
    # shellcheck disable=SC2086  # a word each
    on_core "${PYTHON:-python3}" -B "$top/tests/bench/frameworks.py" "$rounds" "$build/bench.csv" ${NETS:-}
fi
# shellcheck disable=SC2086  # a word each
[ -n "${NO_COMPILE:-}" ] || compile ${COMPILE_CC:-gcc clang}
