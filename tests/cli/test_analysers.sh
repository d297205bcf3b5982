# What nngen-c(7) says of analysers, to the word: which functions of the C library a net calls; and in the long run the classes of
# warnings of clang -Weverything, clang-tidy and gcc -fanalyzer, and the rules of MISRA C:2012 that cppcheck's addon finds broken.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

page=$NNGEN_BUILD/gen/install/made/nngen-c.7
models="xor digits/digits skip"
runtime=$NNGEN_SOURCE/runtime

# listed FROM TO: the terms of the page between two lines that begin like this
listed() {
    awk -v from="$1" -v to="$2" 'index($0, to) == 1 { inside = 0 } index($0, from) == 1 { inside = 1 }
        inside && last == ".TP" { sub(/^\.B /, ""); gsub(/\\-/, "-"); print } { last = $0 }' "$page" | sort
}

# made MODEL TARGET: the C of a model of models/, as net.c, and the flags that it needs, as $flags
made() {
    nngen 0 "$NNGEN_SOURCE/models/$1.def" "--target=$2" -o net.c
    flags="-std=c99 -I$runtime"
    case $2 in x86-*) flags="$flags -march=$2" ;; esac
}

for model in $models; do
    for target in c99 generic; do
        made $model $target
        # shellcheck disable=SC2086
        $NNGEN_CC $flags -O2 -c net.c -o net.o
        nm -u net.o | awk '{ print $2 }' | grep -vE '^(sqrtf?|mem(cpy|set|move)|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$' >found || true
        [ ! -s found ] || fail "$model for $target calls $(cat found)"
    done
done
[ "${NNGEN_LONG:-}" = 1 ] || exit 0

# there PROGRAM: whether it is installed; else it says that something is not looked at
there() {
    command -v "$1" >/dev/null || { echo "skipped: no $1" && false; }
}

# Every class that is found is on the page, and every one on the page is found in some model for some target.
if there clang && [ "$(uname -m)" = x86_64 ]; then
    for model in $models; do
        for target in c99 generic x86-64-v3 x86-64-v4 any; do
            made $model $target
            # shellcheck disable=SC2086
            clang $flags -Weverything -O2 -c net.c -o net.o 2>&1 | sed -n 's/.*\[\(-W[a-z-]*\)\]$/\1/p'
        done
    done | sort -u >found
    listed '.B \-Weverything' 'clang\-tidy' >wanted
    diff wanted found >difference || fail "-Weverything: $(cat difference)"
fi
if there clang-tidy; then
    for model in $models; do
        for target in c99 generic; do
            made $model $target
            # shellcheck disable=SC2086
            clang-tidy --quiet -checks='-*,bugprone-*,cert-*' net.c -- $flags 2>/dev/null | sed -n 's/.* \[\([a-z,-]*\)\]$/\1/p'
        done
    done | sort -u >found
    listed 'clang\-tidy' 'gcc' >wanted
    diff wanted found >difference || fail "clang-tidy: $(cat difference)"
fi
case $(gcc -dumpversion 2>/dev/null) in
12*)
    for model in $models; do
        made $model c99
        # shellcheck disable=SC2086
        gcc $flags -fanalyzer -O1 -c net.c -o net.o 2>log
        [ ! -s log ] || fail "-fanalyzer, $model: $(cat log)"
    done
    made xor generic
    # shellcheck disable=SC2086
    gcc $flags -fanalyzer -Wno-analyzer-shift-count-overflow -O1 -c net.c -o net.o 2>log
    [ ! -s log ] || fail "-fanalyzer, xor for generic: $(cat log)"
    ;;
*) echo "skipped: -fanalyzer, no gcc 12" ;;
esac

# cppcheck knows neither limits.h nor float.h, whose numbers the headers ask for: those of a 64-bit Linux.
addon=$(ls /usr/lib/*/cppcheck/addons/misra.py /usr/share/cppcheck/addons/misra.py 2>/dev/null | head -n 1)
if there cppcheck && there python3 && [ -n "$addon" ]; then
    cat >limits.h <<'HEADER'
#define CHAR_BIT 8
#define UINT8_MAX 255
#define INT32_MAX 2147483647
#define UINT64_MAX 18446744073709551615ULL
#define FLT_RADIX 2
#define FLT_MANT_DIG 24
#define FLT_MIN_EXP (-125)
#define FLT_MAX_EXP 128
#define FLT_EVAL_METHOD 0
#define DBL_MANT_DIG 53
#define DBL_MIN_EXP (-1021)
#define DBL_MAX_EXP 1024
#define __GNUC__ 12
#define __x86_64__ 1
#define __ORDER_LITTLE_ENDIAN__ 1234
#define __BYTE_ORDER__ 1234
HEADER
    for model in $models; do
        made $model c99
        cppcheck --dump --quiet --platform=unix64 --std=c99 --include=limits.h -I"$runtime" -D__STDC_VERSION__=199901L net.c >log 2>&1
        [ ! -s log ] || fail "cppcheck, $model: $(cat log)"
        python3 "$addon" net.c.dump >log 2>&1 || true
        sed -n 's/^\[\(.*\):[0-9]*\] .*misra-c2012-\([0-9.]*\)\]$/\2 \1/p' log | grep -v ' limits\.h$' | sed 's/ .*//'
    done | sort -u >found
    [ "$(wc -l <found)" -gt 5 ] || fail "the addon finds nothing"
    listed '.SS MISRA' '.SH SEE' >wanted
    diff wanted found >difference || fail "MISRA: $(cat difference)"
else
    echo "skipped: no cppcheck with its addon for MISRA"
fi
