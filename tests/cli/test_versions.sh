# --target=any: one net.c for all processors. It compiles without a warning and without flags, the program says which version it
# uses and takes another, and refuses what the CPU lacks. In the long run: all compilers, standards and levels, emulated CPUs
# without AVX-512 and without AVX, valgrind, AVR and Cortex-M, musl.
set -e
. "$NNGEN_SOURCE/tests/cli/line.sh"
long=${NNGEN_LONG:-0}

strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Werror -I$NNGEN_SOURCE/runtime"
cat >wide.def <<'MODEL'
network wide
batch 8
input  x[6] minmax
target y[5] onehot
h = dropout(tanh(dense(x, 40)), 0.2)
p = softmax(dense(h, 5))
loss   cross_entropy(p, y)
metric accuracy(p, y)
update adam(lr = 0.01)
output p
MODEL
awk 'BEGIN { for (i = 0; i < 20; i++) print i % 7, i % 3, i % 5, i, i * i % 11, 1, i % 5 }' | tr ' ' , >data.csv

# Options
nngen 2 wide.def --target=c99 --versions=v3,generic -o wide.c
says "nngen: error: --versions are those of --target=any"
nngen 2 wide.def --target=any --versions=v3,v5,c99 -o wide.c
says "nngen: error: --versions: 'v5' is not one of v4, v3, aarch64, generic, c99"
nngen 2 wide.def --target=any --versions=v4,v3 -o wide.c
says "nngen: error: --versions: 'v4,v3' leaves processors out: add generic or c99"
nngen 2 wide.def --plans=wide.plans -o wide.c
says "nngen: error: --plans are for one target: name it with --target"
nngen 2 wide.def --target=any --plans=wide.plans -o wide.c
says "nngen: error: --plans are for one target: name it with --target"
lists wide.def data.csv

# A net of a few dozen operations has one version, and little more C than for c99; one of some more has none to choose at run time.
nngen 0 model.def -o one.c
grep -q small_predict_rows_generic one.c || fail "one.c has no generic version"
! grep -q 'small_.*_v[34](\|case NN_' one.c || fail "one.c chooses a version"
sed 's/tanh(dense(x, 4))/dense(x, 2)/' model.def >few.def
nngen 0 few.def --target=c99 -o one.c
lines=$(wc -l <one.c)
nngen 0 few.def --target=any -o few.c
[ "$(wc -l <few.c)" -le $((lines + 20)) ] || fail "few.c has $(wc -l <few.c) lines, that for c99 $lines"
! grep -q NN_SUFFIX few.c || fail "few.c has several versions"
has few.h "const char *small_version(void);"

# Size: three versions have at most 2.5 times the lines of the longest of their targets, each further one at most 0.9 times as many
# more.
for model in mnist skip digits/digits; do
    lines=0
    for target in x86-64-v4 x86-64-v3 generic; do
        nngen 0 "$NNGEN_SOURCE/models/$model.def" --target=$target -o one.c
        [ "$(wc -l <one.c)" -le $lines ] || lines=$(wc -l <one.c)
    done
    before=$((lines * 16 / 10))
    for versions in v4,v3,generic v4,v3,generic,c99 v4,v3,aarch64,generic,c99; do
        nngen 0 "$NNGEN_SOURCE/models/$model.def" --target=any --versions=$versions -o one.c
        [ "$(wc -l <one.c)" -le $((before + lines * 9 / 10)) ] || fail "$model, $versions: $(wc -l <one.c) lines, one target $lines"
        before=$(wc -l <one.c)
        [ $model != skip ] || break # few outputs, which take more code without masks
    done
done

# The layout that all share leaves none of them without vectors.
cat >shared.def <<'MODEL'
network shared
batch 13
input  x[15]
target y[24]
h = tanh(dense(x, 40))
g = tanh(dense(h, 18))
q = tanh(dense(g, 2))
p = dense(q, 24)
loss   mean_squared_error(p, y)
update sgd(lr = 0.01)
MODEL
nngen 0 shared.def --versions=v4,v3,generic -o one.c
! grep "Plan: .* by one number at a time" one.c || fail "a version goes number by number"

# Versions that need the stack aligned to more than its ABI says are not compiled for Windows.
printf '#include "nn_versions.h"\nint can = NN_CAN_X86_64;\n' >can.c
"$NNGEN_CC" -D_WIN32 -I"$NNGEN_SOURCE/runtime" -E -P can.c | grep -q 'can = 0;' || fail "AVX is compiled for Windows"

# One program for all CPUs. The static word is the only thing in it that can be written.
level=-O0
program wide --target=any
cp wide.c first.c
nngen 0 wide.def --target=any -o wide.c
cmp wide.c first.c || fail "two runs differ"
case $("$NNGEN_CC" -dumpmachine) in x86_64*) ;; *) exit 0 ;; esac
nm wide | grep -q ' b wide_choice' || fail "no static word: $(nm wide | grep -i ' [bd] ')"
! nm wide | grep ' i ' || fail "the linker chooses (ifunc), which not every libc can"
! grep -n 'ifunc\|target_clones\|constructor' wide.c || fail "wide.c lets compiler, linker or loader choose"
runs 0 wide --version
best=$(sed 's/.*), \([^ ]*\) of .*/\1/' out)
grep -q ", $best of x86-64-v4, x86-64-v3, generic$" out || fail "--version: $(cat out)"
expected=generic
! grep -qw fma /proc/cpuinfo || expected=x86-64-v3
! grep -qw avx512vl /proc/cpuinfo || expected=x86-64-v4
[ "$best" = "$expected" ] || fail "the best version is $best, not $expected"

# The same net, whichever version trains it: to the figures that it prints.
for version in x86-64-v4 x86-64-v3 generic; do
    code=0
    NNGEN_CPU=$version ./wide train --data data.csv --epochs 3 --save "$version.json" >"$version.out" 2>err || code=$?
    if [ $code = 2 ]; then
        has err "NNGEN_CPU: this CPU lacks what $version needs"
        [ "$version" != generic ] || fail "generic is refused"
        continue
    fi
    [ $code = 0 ] || fail "$version: exit $code: $(cat err)"
    [ "$(NNGEN_CPU=$version ./wide --version | sed 's/.*), \([^ ]*\) of .*/\1/')" = $version ] || fail "$version is not used"
    runs 0 wide test --weights "$version.json" --data data.csv
    cut -c 1-12 out >"$version.tested"
done
for tested in *.tested; do
    diff generic.tested "$tested" || fail "$tested: other figures than generic"
done

NNGEN_CPU=c99 runs 2 wide --version
has err "NNGEN_CPU: wide has no version 'c99'"
has err "hint: --version names those that it has"
NNGEN_CPU= runs 0 wide --version
[ "$long" = 1 ] || exit 0

# as VERSION PROGRAM..: which version the program uses, run like that
as() {
    wanted=$1
    shift
    "$@" --version >out 2>err || fail "$*: $(cat err)"
    grep -q "), $wanted of " out || fail "$*: $(cat out), not $wanted"
}
# Every compiler, standard and level, and flags that already ask for more, take it without a warning; a version has the same bits
# from all of them.
for version in x86-64-v4 x86-64-v3 generic; do
    [ ! -f "$version.json" ] || cp "$version.json" "$version.bits"
done
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    for options in "-std=c11 -O0" "-std=c11 -O2" "-std=gnu11 -O0" "-std=gnu11 -O2" "-std=c99 -O1" "-std=gnu11 -O3 -march=x86-64-v3"; do
        # shellcheck disable=SC2086  # several words
        $compiler $options $strict -DNN_MAIN $NNGEN_CFLAGS wide.c "$NNGEN_BUILD/libnngen.a" -ljansson -lz -lm -o with ||
            fail "$compiler $options"
        for version in *.bits; do
            version=${version%.bits}
            NNGEN_CPU=$version ./with train --data data.csv --epochs 3 --save again.json >out 2>err || fail "$compiler $options: $(cat err)"
            cmp again.json "$version.bits" || fail "$compiler $options: other bits of $version"
        done
    done
    for options in "-std=c11 -O0 -march=x86-64-v4" "-std=gnu11 -O2 -march=x86-64-v4" "-std=gnu11 -O2 -mavx512f"; do
        # shellcheck disable=SC2086  # several words
        $compiler $options $strict -c wide.c -o wide.o || fail "$compiler $options"
    done
done

# A version whose plans are those of its target comes to the same bits.
program wide --target=generic
./wide train --data data.csv --epochs 3 --save again.json >out 2>err || fail "generic: $(cat err)"
cmp again.json generic.bits || fail "the version generic has other bits than --target=generic"

# Every version keeps to its arrays.
program wide --target=any
if clang -fsanitize=address,undefined -xc /dev/null -shared -o with 2>/dev/null; then
    clang -std=c11 -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -DNN_MAIN $NNGEN_CFLAGS wide.c \
        "$NNGEN_BUILD/libnngen.a" -ljansson -lz -lm -o with
    for version in *.bits; do
        NNGEN_CPU=${version%.bits} ./with train --data data.csv --epochs 3 >out 2>err || fail "sanitizers, $version: $(cat err)"
    done
fi
level=-O2
program wide --target=any
as "$best" ./wide

# Emulated CPUs. What is forced there and not there is refused.
if command -v qemu-x86_64 >/dev/null; then
    as generic qemu-x86_64 -cpu Nehalem ./wide
    as x86-64-v3 qemu-x86_64 -cpu Haswell ./wide
    qemu-x86_64 -cpu Nehalem ./wide train --data data.csv --epochs 1 >out || fail "Nehalem: $(cat out)"
    qemu-x86_64 -cpu Haswell ./wide train --data data.csv --epochs 1 >out || fail "Haswell: $(cat out)"
    for pair in "Nehalem x86-64-v3" "Nehalem x86-64-v4" "Haswell x86-64-v4"; do
        code=0
        NNGEN_CPU=${pair#* } qemu-x86_64 -cpu "${pair% *}" ./wide --version >out 2>err || code=$?
        [ $code = 2 ] || fail "$pair: exit $code"
        has err "NNGEN_CPU: this CPU lacks what ${pair#* } needs"
    done
fi
if command -v valgrind >/dev/null; then
    valgrind -q --error-exitcode=9 ./wide train --data data.csv --epochs 1 >out 2>err || fail "valgrind: $(cat err)"
fi

# Where there is no vector unit, c99 is what is compiled; with another libc nothing differs.
for cross in "avr-gcc -mmcu=atmega2560" "arm-none-eabi-gcc -mcpu=cortex-m4" "arm-none-eabi-gcc -mcpu=cortex-m0"; do
    command -v ${cross%% *} >/dev/null || continue
    for target in c99 any; do
        nngen 0 wide.def --target=$target -o small.c
        # shellcheck disable=SC2086  # several words
        $cross -std=c11 -Os -Wall -Wextra -Werror -I"$NNGEN_SOURCE/runtime" -c small.c -o small.o || fail "$cross, $target"
        case $cross in arm*) nm=arm-none-eabi-nm ;; *) nm=avr-nm ;; esac
        ! $nm small.o | grep '_generic\|_v[34]$\|_aarch64' || fail "$cross, $target: more than c99"
    done
done
if command -v aarch64-linux-gnu-gcc >/dev/null; then
    aarch64-linux-gnu-gcc -std=c11 -O2 $strict -c wide.c -o wide.o || fail "aarch64-linux-gnu-gcc"
fi
if command -v musl-gcc >/dev/null; then
    printf '#include <stdio.h>\n#include "wide.h"\nint main(void) { puts(wide_version()); return 0; }\n' >main.c
    musl-gcc -static -std=c11 -O2 $strict main.c wide.c -lm -o with_musl || fail "musl-gcc"
    [ "$(./with_musl)" = "$best" ] || fail "with musl: $(./with_musl)"
fi
