# --plans: what --dump=schedule prints is read back, whole or in part; what does not fit is refused with file, line and reason.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

cat >net.def <<'MODEL'
network net
batch 4
input x[2, 12]
target y[3]
w = param([3, 2, 3], he)
c = relu(contract(w[o, i, k] * x[i, t + k - 1], o = 3, t = 12))
p = dense(sum(c, axis = 1), 3)
output p
loss mean_squared_error(p, y)
update sgd(0.1)
MODEL
options="net.def --target=generic --unroll=tile"

# make OUT option...: without the lines that name the file itself, and the hash of both.
make() {
    name=$1
    shift
    nngen 0 $options -o made.c "$@"
    grep -v made_PAIR made.c >"$name"
    rm made.c made.h
}

make chosen
nngen 0 $options --dump=schedule -o all
make again --plans=all
cmp chosen again || fail "the plans that were chosen make another C"
nngen 0 $options --dump=schedule --plans=all
grep -v '^# cycles' all | cmp - out || fail "plans that were read are printed in another way"

# Some of them, from standard input, behind comments.
cat >some <<'PLANS'
# train_step as it is, and prediction in two halves

plan predict.c     # by hand
  for j/6
    sum t.2: for k, for l, unroll i, for j
    make c: unroll i, for j
PLANS
grep -q '^  *make c: unroll i' all || fail "kernels have other names: $(cat all)"
sed 's/t\.2/'"$(sed -n 's/^ *sum \(t\.[0-9]*\): .*/\1/p' all | head -1)"'/' some >part
make other --plans=- <part
cmp -s chosen other && fail "a plan changes nothing"
nngen 0 $options --dump=schedule --plans=part
has out "  for j/6"
[ "$(grep -c '^plan ' out)" = "$(grep -c '^plan ' all)" ] || fail "other plans are gone"

# The depfile lists it.
nngen 0 $options --plans=part -o made.c -MD
has made.d " net.def part"
nngen 0 $options --plans=- -o made.c -MD <part
has made.d ": net.def"
rm made.*

# refused PLANS MESSAGE: exit code 1, and no file.
refused() {
    printf '%s\n' "$1" >wrong
    nngen 1 $options --plans=wrong -o made.c
    has err "$2"
    [ ! -e made.c ] || fail "$1 leaves a file"
}
refused 'plan predict.d' "wrong:1:6: error: predict has no kernel 'd' with a plan"
refused 'plan predict.' "predict has no kernel '' with a plan"
refused 'plan train_stepp.c' "wrong:1:6: error: the network has no function 'train_stepp'"
has err "hint: did you mean 'train_step'?"
refused 'plan predict.p' "error: the kernel of 'p' in predict does not go by a plan, and takes none"
refused '# nothing
  for j' "wrong:2:1: error: 'plan FUNCTION.KERNEL' expected"
refused 'plan predict.c
  for j/6
    many c' "wrong:3:5: error: 'for', 'sum' or 'make' expected, found 'many'"
refused "$(cat part; cat part)" "error: a second plan of predict.c"
has err "note: the first one"
refused "$(sed 's,for j/6,for j/5,' part)" "wrong:4:3: error: the plan of predict.c does not fit: j/5 leaves 2"
refused "$(sed 's,for j/6,for q,' part)" "wrong:4:7: error: an axis of the kernel expected, found 'q'"
cat part >wrong
printf '\0' >>wrong
nngen 1 $options --plans=wrong -o made.c
has err "error: NUL byte: this is not a text file"

# Whatever is wrong is said at once, and to programs too.
printf 'plan no.h\nplan nor.h\n' >wrong
nngen 1 $options --plans=wrong -o made.c --diagnostics=json
[ "$(grep -c '"file": "wrong"' err)" = 2 ] || fail "$(cat err)"

# Straight-line code has none.
printf 'plan predict.c\n' >wrong
nngen 1 net.def --target=c99 --unroll=full --plans=wrong -o made.c
has err "wrong:1:6: error: predict is straight-line code, which has no plans"
has err "hint: --unroll=tile"

nngen 3 $options --plans=absent -o made.c
has err "nngen: error: cannot read 'absent'"
nngen 2 $options --plans=part --plans=all -o made.c
says "nngen: error: --plans is given twice: 'part' and 'all'"
nngen 2 - --plans=- -o made.c
says "nngen: error: the model and the plans are both standard input"
nngen 2 $options --plans= -o made.c
says "nngen: error: --plans: a file has a name"
nngen 2 $options --plans=part --dump=fold -o part
has err "the plans file 'part' and the output 'part' are one file"
nngen 2 --emit=runtime --plans=part -o nn.h
has err "--plans has nothing to do with --emit=runtime"
