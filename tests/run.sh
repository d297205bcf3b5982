#!/bin/sh
# Installs what is missing on Debian; builds with gcc and runs all tests; builds with clang, with sanitizers and for fuzzing and
# runs what these may change; ends with one line: N passed, N failed. Exit code 0 only if all is well. Builds stay in build/.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
jobs=$(nproc)
passed=0
failed=0

sh "$top/tests/packages.sh" cmake make gcc g++ libc6-dev clang libclang-rt-14-dev libclang-14-dev libcriterion-dev \
    libjansson-dev zlib1g-dev
sh "$top/tests/packages.sh" libopenblas-dev ||
    echo "without libopenblas-dev the benchmarks leave OpenBLAS out"

# count FILE: adds the tests of a ctest run, from its JUnit file.
count() {
    tests=$(sed -n 's/^[[:space:]]*tests="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    bad=$(sed -n 's/^[[:space:]]*failures="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    skipped=$(sed -n 's/^[[:space:]]*skipped="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    disabled=$(sed -n 's/^[[:space:]]*disabled="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    passed=$((passed + ${tests:-0} - ${bad:-0} - ${skipped:-0} - ${disabled:-0}))
    failed=$((failed + ${bad:-0}))
    echo "skipped: $((${skipped:-0} + ${disabled:-0}))"
}

# stage NAME TARGET LABELS CMAKE-OPTION...: builds TARGET in build/NAME and runs the tests whose label matches LABELS. A build that
# fails counts as one failed test.
stage() {
    name=$1
    target=$2
    labels=$3
    shift 3
    build=$top/build/$name
    echo
    echo "== $name: $*"
    mkdir -p "$build"
    rm -f "$build/tests.xml"
    if ! {
        cmake -S "$top" -B "$build" "$@" &&
            cmake --build "$build" --target "$target" --parallel "$jobs"
    } >"$build/build.log" 2>&1; then
        tail -n 60 "$build/build.log"
        failed=$((failed + 1))
        return
    fi
    (cd "$build" && ctest --parallel "$jobs" --label-regex "$labels" --output-on-failure --output-junit tests.xml) || true
    if [ -f "$build/tests.xml" ]; then
        count "$build/tests.xml"
    else
        failed=$((failed + 1))
    fi
}

stage gcc all . -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release
stage clang all '^(unit|golden|errors|generic|models)$' -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release
stage sanitize all '^(unit|golden|errors|generic|models|cli|fuzz)$' -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug \
    '-DCMAKE_C_FLAGS_DEBUG=-O1 -g' -DNNGEN_SANITIZE=ON
stage fuzz fuzz_compile '^fuzz$' -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
    '-DCMAKE_C_FLAGS_DEBUG=-O1 -g' -DNNGEN_SANITIZE=ON -DNNGEN_FUZZ=ON

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
