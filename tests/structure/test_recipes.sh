# The recipes of gen/README.md, followed: recipes/NAME.patch is what one does who adds an activation, a loss and so on, and
# recipes/NAME.def a model that uses it. The patch is applied to a copy of the sources; nngen is made of that, the model compiled,
# and what it computes compared with numbers by hand. The short run follows two, with the objects of this build for all that a patch
# leaves alone; the long one all, in a build of their own, where the tests first say which rows are missing, and then pass.
# NNGEN_RECIPES names others to follow.
set -eu
recipes=$NNGEN_SOURCE/tests/structure/recipes
work=$(mktemp -d "$NNGEN_SCRATCH/recipes.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*"
    exit 1
}

if ! command -v patch >/dev/null; then
    echo "skipped: there is no patch"
    exit 77
fi

is_long=false
[ "${NNGEN_LONG:-}" != 1 ] || is_long=true

# part WHAT: of the recipe's patch, `code` is what nngen and the runtime are made of, `rest` what tests and texts say of it
part() {
    awk -v what="$1" '
        /^--- / { wanted = ($0 ~ /^--- a\/(gen|runtime)\/.*\.(c|h|def)$/) == (what == "code") }
        wanted' "$recipes/$name.patch"
}

# follow WHAT: applies that part
follow() {
    part "$1" | patch -d tree -p1 -s -F 0 -r - || fail "$name: the patch does not apply"
}

undo() {
    patch -d tree -p1 -s -R -F 0 -r - <"$recipes/$name.patch"
}

# to_compile: the files of gen/ that the patch changes, and those that include them
to_compile() {
    part code | sed -n 's|^+++ b/gen/||p' >files
    while :; do
        sed 's/.*/#include "&"/' files >includes
        (cd tree/gen && grep -rlF -f "$work/includes" --include='*.[ch]' .) | sed 's|^\./||' | sort -u - files >more
        cmp -s files more && break
        mv more files
    done
    cat files
}

version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$NNGEN_BUILD/CMakeCache.txt")

compile() {
    $NNGEN_CC -std=c11 -O0 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Itree/gen "-DNNGEN_VERSION=\"$version\"" \
        $NNGEN_CFLAGS -c "$1" -o "objects/$(basename "$1" .c).o"
}

# build_quickly: ./nngen of the tree
build_quickly() {
    rm -rf objects
    mkdir objects
    cp "$NNGEN_BUILD/gen/CMakeFiles/nngen_tool.dir/cli.c.o" objects/cli.o
    to_compile | while read -r file; do
        case $file in
        *.c) compile "tree/gen/$file" ;;
        prelude/*)
            list=$(find "$PWD/tree/gen/prelude" -name '*.def' | tr '\n' ';')
            cmake -DARRAY=embedded_prelude -DOUTPUT=embedded_prelude.c "-DFILES=${list%;}" -P tree/gen/base/embed.cmake
            compile embedded_prelude.c
            ;;
        esac
    done
    $NNGEN_CC $NNGEN_CFLAGS objects/*.o "$NNGEN_BUILD/gen/libnngen_core.a" -lm -o nngen
}

# build_whole TARGET...: in ./build, as anyone would, and ./nngen
build_whole() {
    if [ ! -d build ]; then
        cmake -S tree -B build -DCMAKE_C_COMPILER="$NNGEN_CC" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 >log 2>&1 ||
            fail "$(cat log)"
    fi
    cmake --build build --target nngen_tool "$@" >log 2>&1 || fail "$name: $(tail -n 40 log)"
    cp build/nngen nngen
}

# use OPTIONS W LINE...: the model with w = W gives these lines: v, the cost, the gradient, w after an update
use() {
    options=$1
    values=$2
    shift 2
    # shellcheck disable=SC2086  # several words
    ./nngen $options -o recipe.c "$recipes/$name.def" || fail "$name: nngen does not compile the model"
    $NNGEN_CC -std=c11 -O1 -Itree/runtime $NNGEN_CFLAGS ${flags:-} -I. recipe.c "$recipes/use.c" -lm -o use
    # shellcheck disable=SC2086
    ./use $values >got
    printf '%s\n' "$@" | diff - got || fail "$name: other numbers (>) than by hand (<)"
}

# has_no WORD FILE
has_no() {
    ! grep -nw "$1" "$2" || fail "$name: there is '$1' in $2"
}

# ask TEST FILTER: runs that on the tree, what is numeric as in the short run, but twice as many random networks, since a new row of
# theirs moves all draws; what it says is in ./log
ask() {
    case $1 in
    cli_*) NNGEN_SOURCE=$PWD/tree NNGEN_TOOL=$PWD/nngen NNGEN_SCRATCH=$PWD sh "tree/tests/cli/test_${1#cli_}.sh" </dev/null >log 2>&1 ;;
    numeric_random) env -u NNGEN_LONG NNGEN_NETWORKS=660 build/tests/"test_$1" --filter "$2" </dev/null >log 2>&1 ;;
    numeric_*) env -u NNGEN_LONG build/tests/"test_$1" --filter "$2" </dev/null >log 2>&1 ;;
    *) build/tests/"test_$1" --filter "$2" </dev/null >log 2>&1 ;;
    esac
}

# says TEST FILTER MESSAGE: the test fails and says so
says() {
    ! ask "$1" "$2" || fail "$name: test_$1 misses nothing"
    grep -qF -- "$3" log || fail "$name: test_$1 does not say '$3': $(cat log)"
}

# passes TEST FILTER
passes() {
    ask "$1" "$2" || fail "$name: $(cat log)"
}

use_activation() { # triangles of 3, 4, 5
    use --target=c99 "1.5 -1.5 0" "2 0.5 1" 3.5 "0.8 0.2 0.5" "0.7 -1.7 -0.5"
}
use_loss() {
    use --target=c99 "0.75 -0.75 0.75" "0.75 -0.75 0.75" 0.25 "0.2 -0.2 0.2" "0.55 -0.55 0.55"
}
use_optimizer() {
    use --target=c99 "3 -0.5 0" "3 -0.5 0" 9.25 "6 -1 0" "2.75 -0.25 0"
}
use_operator() {
    use --target=c99 "3 -3 0" "5 5 4" 14 "0.6 -0.6 0" "2.4 -2.4 0"
}
use_rule() {
    use --target=c99 "1.5 -2 0.25" "1.5 2 0.25" 3.75 "1 -1 1" "0.5 -1 -0.75"
    ./nngen --dump=fold "$recipes/$name.def" | sed -n '/^function predict$/,/^$/p' >folded
    grep -q abs folded || fail "rule: $(cat folded)"
    has_no neg folded
}
use_processor() {
    grep -qw avx2 /proc/cpuinfo || return 0
    flags=-mavx2
    use "--target=avx2 --unroll=tile" "1 2 3 4 5 6 7 8" "36 36 36 36 36 36 36 36" 288 "8 8 8 8 8 8 8 8" "-7 -6 -5 -4 -3 -2 -1 0"
    flags=
    grep -q nn_v8 recipe.c || fail "processor: no vector of 8"
    has_no 'nn_fma_[a-z0-9]*' recipe.c
}

# Tests of each recipe, as FOLDER_NAME and a filter, and what they say while the rows in tests are missing; with these all pass.
cat >rows <<'END'
activation numeric_gradient gradient/every_definition_has_a_row rows.h has no row of squareplus
activation numeric_gradient gradient/*
activation numeric_reference reference/values*
loss numeric_gradient gradient/every_definition_has_a_row rows.h has no row of pseudo_huber
loss numeric_gradient gradient/*
loss numeric_reference reference/values*
optimizer numeric_reference reference/every_optimizer_has_values reference.txt has no steps of sign_sgd
optimizer numeric_reference reference/values*
operator unit_check_builtins check_builtins/functions_are_described hypot is not described
operator numeric_oracle oracle/the_rows_meet_every_operator no row of rows.h has the operator hypot
operator numeric_random random/draws_meet* no draw has hypot with
operator unit_derivatives *
operator numeric_gradient gradient/*
rule unit_fold fold/every_rule_is_met no formula of this test meets the rule abs(-a) -> abs(a)
rule unit_fold fold/*
processor cli_options * is not one of c99|generic|x86-64-v3|x86-64-v4|aarch64|avx2|native
END

# follow_whole: one recipe in the long run
follow_whole() {
    sed -n "s/^$name //p" rows >rows.of
    targets=$(sed '/^cli_/d; s/^/test_/; s/ .*//' rows.of | sort -u)
    follow code
    build_whole $targets
    use_"$name"
    while read -r test filter message; do
        [ -z "$message" ] || says "$test" "$filter" "$message"
    done <rows.of
    follow rest
    build_whole $targets
    while read -r test filter message; do
        passes "$test" "$filter"
    done <rows.of
    undo
}

# follow_quickly: one recipe in the short run
follow_quickly() {
    follow code
    follow rest
    build_quickly
    use_"$name"
    undo
}

# try: whether the patch applies
try() {
    follow code
    follow rest
    undo
}

mkdir tree
for part in CMakeLists.txt README.md LICENSE gen models runtime templates tests; do
    cp -R "$NNGEN_SOURCE/$part" tree
done
all="activation loss optimizer operator rule processor"
for name in $all; do
    try
done
if $is_long; then
    for name in ${NNGEN_RECIPES:-$all}; do
        echo "$name"
        follow_whole
    done
else
    for name in ${NNGEN_RECIPES:-activation rule}; do
        follow_quickly
    done
fi
