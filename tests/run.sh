#!/bin/sh
# run.sh [long|coverage]: installs what is missing on Debian; builds with gcc and runs all tests; builds with clang and sanitizers and
# runs what these may change; ends with one line: N passed, N failed. Exit code 0 only if all is well. Builds stay in build/.
# Tests take a slice of each matrix (compilers, levels, targets, random networks), and with `long` all of it: see tests/long.h.
set -eu

case ${1:-} in
'') unset NNGEN_LONG ;;
coverage) exec sh "$(dirname "$0")/coverage.sh" ;; # in its place: which lines and branches tests reach
long)
    export NNGEN_LONG=1
    echo "long: the tests of the short run, over all compilers, levels and targets, emulators included, with random networks by"
    echo "the thousand and fuzzers for 20 minutes: about an hour on two processors (measured: 83 minutes of CPU time)"
    ;;
*)
    echo "usage: sh tests/run.sh [long|coverage]" >&2
    exit 2
    ;;
esac

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/building.sh"
jobs=$(nproc)
passed=0
failed=0
# which bring their own compilers, or run what others run under sanitizers as well
once='errors/prelude|unit/processors|unit/math_compilers|unit/aarch64|unit/s390x|cli/(against|analysers|build_recipes|cmake|faults|install|long|package|pages|catalogue|compare|depfile|readme)|models/course|fuzz/fuzz'

writable_folder "$top/build"
sh "$top/tests/packages.sh" cmake make gcc g++ libc6-dev clang libclang-rt-14-dev libclang-14-dev libcriterion-dev \
    libjansson-dev zlib1g-dev locales gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross \
    gcc-avr avr-libc simavr qemu-user patch pkg-config

# What some tests of the long run are skipped without: a chroot for Debian packages, Meson, mingw-w64, shells, a lint of pages.
if [ "${NNGEN_LONG:-}" = 1 ]; then
    sh "$top/tests/packages.sh" debootstrap meson ninja-build gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 mandoc zsh fish clang-tidy cppcheck ||
        echo "going on without these: some tests will be skipped"
fi

# skips FILE: a line for each test of a ctest run that was skipped, from its JUnit file: its name, and what it says or else why
# ctest did not run it.
skips() {
    awk '
        /<testcase / { split($0, words, "\""); name = words[2]; reason = "" }
        /<skipped message=/ { split($0, words, "\""); reason = words[2] }
        /<system-out>/ && reason {
            sub(/.*<system-out>(skipped: )?/, ""); sub(/<\/system-out>.*/, "")
            if ($0) reason = $0
        }
        /<\/testcase>/ && reason { print "    " name ": " reason }' "$1" |
        sed -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&quot;/"/g' -e "s/&apos;/'/g" -e 's/&amp;/\&/g'
}

# count FILE: adds the tests of a ctest run, from its JUnit file.
count() {
    tests=$(sed -n 's/^[[:space:]]*tests="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    bad=$(sed -n 's/^[[:space:]]*failures="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    skipped=$(sed -n 's/^[[:space:]]*skipped="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    disabled=$(sed -n 's/^[[:space:]]*disabled="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    passed=$((passed + ${tests:-0} - ${bad:-0} - ${skipped:-0} - ${disabled:-0}))
    failed=$((failed + ${bad:-0}))
    echo "skipped: $((${skipped:-0} + ${disabled:-0}))"
    skips "$1"
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
    writable_folder "$build"
    rm -f "$build/tests.xml" "$build/built"
    {
        cmake -S "$top" -B "$build" -G "Unix Makefiles" "$@" &&
            cmake --build "$build" --parallel "$jobs" -- --keep-going && : >"$build/built"
    } 2>&1 | progress "$build/build.log"
    if [ ! -f "$build/built" ]; then
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

# What takes compilers longest: our tests, and nets with loops written out, above all under sanitizers. There the short run makes
# half of the models, of the sweeps over the runtime's headers each width and each type once, and the host side, which has little
# to compute, without optimisation.
quick="-DNNGEN_TESTS_LEVEL=-O0"
models="-DNNGEN_MODELS_LEVEL=-O1"
checked_models="-DNNGEN_MODELS_LEVEL=-O0"
checked_host="-DNNGEN_HOST_LEVEL=-O0"
linker="" # lld, where it is installed, links programs with sanitizers in half the time
! command -v ld.lld >/dev/null || linker=-fuse-ld=lld
without="deep_batch_norm;deep_relu;deep_sigmoid;digits_batch_norm;multi_label;ranking;sine;xor3;batches;transfer"
read="numeric;emitted;structure"
for test in math_double math_scalar math_v3_double math_v4 random random_double_scalar random_v3 random_v4_double \
    simd_double simd_scalar simd_v3_double simd_v4; do
    read="$read;unit/$test"
done
if [ "${NNGEN_LONG:-}" = 1 ]; then
    quick="-DNNGEN_TESTS_LEVEL="
    models="-DNNGEN_MODELS_LEVEL="
    checked_models="-DNNGEN_MODELS_LEVEL=-O1"
    checked_host="-DNNGEN_HOST_LEVEL="
    without=""
    read="numeric;emitted;structure"
fi

stage gcc "" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release "$quick" "$models"
stage clang "-L ^(unit|golden|errors|generic|models|cli|fuzz)$ -E $once" -DCMAKE_C_COMPILER=clang \
    -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_C_FLAGS_DEBUG=-O1 -g1" "$quick" "$checked_models" "$checked_host" \
    "-DCMAKE_EXE_LINKER_FLAGS=$linker" -DNNGEN_SANITIZE=ON -DNNGEN_FUZZ=ON \
    "-DNNGEN_MODELS_WITHOUT=$without" "-DNNGEN_TESTS_READ=$read"

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
