#!/bin/sh
# Installs what is missing on Debian; builds with gcc and runs all tests; builds with clang and sanitizers and runs what these
# may change; ends with one line: N passed, N failed. Exit code 0 only if all is well. Builds stay in build/.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
jobs=$(nproc)
passed=0
failed=0
once='unit/math_compilers|unit/aarch64|cli/cmake|fuzz/fuzz' # which bring their own compilers, or of which libfuzzer does the same

sh "$top/tests/packages.sh" cmake make gcc g++ libc6-dev clang libclang-rt-14-dev libclang-14-dev libcriterion-dev \
    libjansson-dev zlib1g-dev locales gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user

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

# stage NAME SELECTION CMAKE-OPTION...: makes build/NAME and runs the tests that SELECTION, options of ctest, names. What does not
# build counts as one failed test, and keeps nothing else from running.
stage() {
    name=$1
    selection=$2
    shift 2
    build=$top/build/$name
    echo
    echo "== $name: $*"
    mkdir -p "$build"
    rm -f "$build/tests.xml"
    if ! {
        cmake -S "$top" -B "$build" -G "Unix Makefiles" "$@" &&
            cmake --build "$build" --parallel "$jobs" -- --keep-going
    } >"$build/build.log" 2>&1; then
        grep -E 'error|Error|undefined' "$build/build.log" | tail -n 60
        failed=$((failed + 1))
    fi
    # shellcheck disable=SC2086  # the selection is words
    (cd "$build" && ctest --parallel "$jobs" $selection --output-on-failure --output-junit tests.xml) || true
    if [ -f "$build/tests.xml" ]; then
        count "$build/tests.xml"
    else
        failed=$((failed + 1))
    fi
}

stage gcc "" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release
stage clang "-L ^(unit|golden|errors|generic|models|cli|fuzz)$ -E $once" -DCMAKE_C_COMPILER=clang \
    -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_C_FLAGS_DEBUG=-O1 -g1" -DNNGEN_SANITIZE=ON -DNNGEN_FUZZ=ON "-DNNGEN_TESTS_READ=numeric;emitted;structure"

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
