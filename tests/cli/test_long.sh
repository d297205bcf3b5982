# The short run and the long one are the same tests with another environment: run.sh makes and selects the same in both, but that
# under sanitizers the short run makes fewer models and sweeps; ctest has the same list; the long run leaves out nothing.
set -eu
work=$(mktemp -d "$NNGEN_SCRATCH/long.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# plan MODE...: what run.sh calls, by programs that only note how they were called; what it says goes to $work/said.
mkdir -p "$work/tests" "$work/bin"
cp "$NNGEN_SOURCE/tests/run.sh" "$NNGEN_SOURCE/tests/building.sh" "$work/tests/"
echo 'echo "$@" >>"$(dirname "$0")/../packages"' >"$work/tests/packages.sh"
for program in cmake ctest; do
    echo 'echo "${0##*/} $* (NNGEN_LONG=${NNGEN_LONG:-})" >>'"'$work/calls'" >"$work/bin/$program"
    chmod +x "$work/bin/$program"
done
plan() {
    rm -rf "$work/calls" "$work/build" "$work/packages"
    PATH="$work/bin:$PATH" sh "$work/tests/run.sh" "$@" >"$work/said" 2>&1 && fail "no test ran, and run.sh is content"
    tail -n 1 "$work/said" | grep -qx '[0-9]* passed, [0-9]* failed' || fail "the last line is $(tail -n 1 "$work/said")"
    head -n 1 "$work/packages" # what no run does without
    cat "$work/calls"
}

(export NNGEN_LONG=1 && plan) >"$work/short"
plan long >"$work/long"
head -n 3 "$work/said" | grep -q 'long: .*' || fail "the long run does not say what it will do"
grep -q 'NNGEN_LONG=1' "$work/short" && fail "the short run is a long one"
grep '^ctest' "$work/long" | grep -v 'NNGEN_LONG=1' && fail "ctest is not told"
for mode in short long; do
    sed -e 's/ (NNGEN_LONG=.*//' -e 's/ -DNNGEN_[A-Z]*_LEVEL=[^ ]*//g' -e 's/ -DNNGEN_MODELS_WITHOUT=[^ ]*//' \
        -e 's/;unit\/[^ ;]*//g' "$work/$mode" >"$work/$mode.plain"
done
diff "$work/short.plain" "$work/long.plain" || fail "the two runs differ in more than environment, levels and what is checked"
grep -qE 'MODELS_WITHOUT=[^ ]|;unit/' "$work/long" && fail "the long run leaves something out"
[ "$(grep -c '^ctest' "$work/long")" -ge 2 ] || fail "run.sh was not followed"

# The same list, however the build was configured.
list() {
    (cd "$1" && ctest -N | sed -n 's/^ *Test *#[0-9]*: //p' | sort)
}
sed -n 's/^\(NNGEN_[A-Z_]*\|CMAKE_C_COMPILER\|CMAKE_BUILD_TYPE\):[A-Z]*=\(.*\)$/-D\1=\2/p' "$NNGEN_BUILD/CMakeCache.txt" |
    NNGEN_LONG=1 xargs -d '\n' cmake -S "$NNGEN_SOURCE" -B "$work/other" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
list "$NNGEN_BUILD" >"$work/short.list"
list "$work/other" >"$work/long.list"
[ -s "$work/short.list" ] || fail "ctest lists nothing"
diff "$work/short.list" "$work/long.list" || fail "the long run has other tests"

# Nothing is skipped because a run is short.
cd "$NNGEN_SOURCE/tests"
grep -rnE '(NNGEN_LONG|is_long).*(exit 77|cr_skip)' --include='*.c' --include='*.sh' . | grep -v cli/test_long.sh &&
    fail "a short run takes a slice, not nothing"
true
