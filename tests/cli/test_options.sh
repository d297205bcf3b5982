# Options, --help, --version, usage errors.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

nngen 0 --help
for word in -o --dump --target --unroll --precision --plans -MD -MF -MT -MP --list --show --color --diagnostics --version --help "exit codes"; do
    has out "$word"
done
! grep -q mutant out || fail "--help shows an option that is for tests of nngen alone"
for code in 0 1 2 3 4; do
    grep -q "^  $code  " out || fail "--help does not say what exit code $code means"
done
nngen 0 --version
sed -n 1p out | grep -qx 'nngen [0-9]*\.[0-9]*\.[0-9]*' || fail "--version: $(cat out)"
[ "$(sed -n 2p out)" = "targets: c99 generic x86-64-v3 x86-64-v4 aarch64 any" ] || fail "--version: $(cat out)"
sed -n 3p out | grep -qx 'prelude: [0-9a-f]\{16\}' || fail "--version: $(cat out)"

nngen 2
says "nngen: error: no model given"
nngen 2 model.def
says "nngen: error: no output given: -o FILE, or -o - for standard output"
nngen 2 -o a.c model.def other.def
says "nngen: error: more than one model: 'model.def' and 'other.def'"
nngen 2 model.def -o
says "nngen: error: -o needs an argument"
nngen 2 -o a.c model.def --target=x86
says "nngen: error: --target: 'x86' is not one of c99|generic|x86-64-v3|x86-64-v4|aarch64|native|any"
nngen 2 -o a.c model.def --targe=x --bogus
says "nngen: error: --target: 'x' is not one of c99|generic|x86-64-v3|x86-64-v4|aarch64|native|any"
nngen 2 -o a.c model.def --taget=c99
has err "hint: did you mean '--target'?"
nngen 2 -o a.c model.def --frobnicate
says "nngen: error: unknown option '--frobnicate'"
nngen 2 -o a.c model.def -W
says "nngen: error: unknown option '-W'"
nngen 2 -o a.c model.def --help=3
says "nngen: error: --help takes no argument"
nngen 2 -o a.c model.def --mutant=two
says "nngen: error: --mutant: 'two' is not a number"
nngen 2 -o a.c model.def -MX
says "nngen: error: unknown option '-MX'"
nngen 2 -o a.c model.def -MDx
says "nngen: error: unknown option '-MDx'"
nngen 2 -o a.c model.def -MD -MF
says "nngen: error: -MF needs an argument"
nngen 2 -o a.c model.def -MD -MT ''
says "nngen: error: -MT: a target has a name"
nngen 2 -o a.c model.def -MF a.d
says "nngen: error: -MF, -MT and -MP need -MD"
nngen 2 -o - model.def -MD -MF a.d
says "nngen: error: -MD without an output file needs -MF and -MT"
nngen 2 --dump=parser model.def
has err "'parser' is not one of parse|check|grad|update|fold|fuse|layout|schedule|lower|place|emit"
lists

# What is quoted moves no cursor and begins no line.
escape=$(printf '\033')
name="a${escape}[2J
b"
cp model.def "$name"
printf 'h = q%s[2J +\n' "$escape" >>"$name"
nngen 1 "$name" -o -
has err 'a\x1b[2J\x0ab:9:6: error: unexpected character U+001B'
has err '  9 | h = q?[2J +'
nngen 3 "no$name" -o -
says "nngen: error: cannot read 'noa\x1b[2J\x0ab': No such file or directory"
for option in "--target=$name" "--$name" "--show=$name" "--list=$name" "--mutant=$name"; do
    nngen 2 -o a.c "$option"
    has err 'a\x1b[2J\x0ab'
done
nngen 2 -o a.c model.def "-$escape"
says "nngen: error: unknown option '-\x1b'"
nngen 2 "--show=$(printf '\302\233\377\342\200\256')"
says "nngen: error: the prelude has no definition '\xc2\x9b\xff\xe2\x80\xae'"
rm "$name"

# Every choice is accepted, before and after the model.
for target in c99 generic; do
    for unroll in auto full tile none; do
        nngen 0 --target=$target model.def --unroll $unroll -o -
        has out small_train_step
    done
done
nngen 0 model.def -o - --unroll=full
cp out full
nngen 0 model.def -o - --unroll=none
cmp -s out full && fail "--unroll changes nothing"
rm full
nngen 0 model.def -o - --target=c99
cp out c99
nngen 0 model.def -o - --target=generic
cmp -s out c99 && fail "--target changes nothing"
rm c99

# What names no target is for any processor.
nngen 0 model.def -o - --target=any
cp out any
nngen 0 model.def -o -
cmp -s out any || fail "the target is not any by default"
rm any
nngen 0 model.def -o - --precision=double
has out "double"
cp out double
nngen 0 model.def -o - --precision=float
cmp -s out double && fail "--precision changes nothing"
rm double

# `native` is the target whose instructions this processor has.
nngen 0 model.def -o - --target=native
cp out native
same=
for target in generic x86-64-v3 x86-64-v4 aarch64; do
    nngen 0 model.def -o - --target=$target
    ! cmp -s out native || same="$same $target"
done
rm native
has_all() {
    for flag in "$@"; do
        grep -qw "$flag" /proc/cpuinfo || return 1
    done
}
case $(uname -m) in
x86_64)
    expected=generic
    ! has_all avx2 fma || expected=x86-64-v3
    ! has_all avx2 fma avx512f avx512bw avx512dq avx512vl || expected=x86-64-v4
    ;;
aarch64) expected=aarch64 ;;
*) expected=generic ;;
esac
[ "$same" = " $expected" ] || fail "native is$same, not $expected"

# Tests of nngen falsify a rule by its number.
nngen 0 --dump=fold model.def
cp out right
changed=
for number in 1 2 3 4 5 6 7 8 9 10 11 12; do
    nngen 0 --dump=fold --mutant=$number model.def
    cmp -s out right || changed=yes
done
rm right
[ -n "$changed" ] || fail "--mutant changes nothing"
for number in '' 1x 123456789; do
    nngen 2 --dump=fold --mutant=$number model.def
    says "nngen: error: --mutant: '$number' is not a number"
done

for stage in parse check grad update fold fuse layout schedule lower place emit; do
    nngen 0 --dump=$stage model.def
    [ -s out ] || fail "--dump=$stage prints nothing"
    cp out "$stage.text"
    nngen 0 --dump=$stage model.def -o dumped
    cmp -s dumped "$stage.text" || fail "--dump=$stage -o FILE differs from standard output"
    rm dumped
done
# A stage is shown whatever becomes of those behind it, and nothing but its text is written.
printf 'network a\ninput x[1]\np = foo(x)\n' >broken.def
nngen 0 --dump=parse broken.def
has out "foo"
nngen 0 --dump=parse broken.def -o shown
cmp -s out /dev/null || fail "--dump=parse -o FILE prints"
has shown "foo"
nngen 1 --dump=check broken.def
cmp -s out /dev/null || fail "--dump=check of a wrong model prints"
sed -i 's/dense(x, 4)/dense(dense(x, 4000), 4000)/' model.def
nngen 0 --dump=fold model.def --unroll=full
nngen 4 --dump=fuse model.def --unroll=full
sed -i 's/dense(dense(x, 4000), 4000)/dense(x, 4)/' model.def
rm broken.def shown
cmp -s parse.text check.text && fail "--dump ignores its stage"
rm ./*.text
lists
