# On a terminal training draws a bar, and takes it away before each line; where standard error is none, or with --quiet, there is
# none. The terminal is one of script(1).
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

command -v script >/dev/null || { echo "skipped: no script" && exit 77; }
script -qec true /dev/null </dev/null >out 2>&1 || { echo "skipped: script has no terminal here" && exit 77; }

awk 'BEGIN { srand(5); for (i = 0; i < 4000; i++) { a = rand(); b = rand(); print a "," b "," a * b } }' >d.csv
cat >product.def <<'MODEL'
network product
input  x[2]
target y
setting rate = 0.01
p = sum(dense(tanh(dense(x, 64)), 1))
loss   (p - y)^2
update sgd(rate)
batch  8
MODEL
program product --unroll=none

# shown WORDS: what a terminal of 70 columns gets of `./product WORDS`, a line per carriage return
shown() {
    TERM=xterm script -qec "stty cols 70; ./product $*" /dev/null </dev/null | tr '\r' '\n' >out
}
escape=$(printf '\033')
NO_COLOR=1 shown train --data d.csv --epochs 10
grep -q "^epoch  1/10 \[[#.]*\] *[0-9]* %  [0-9:]* left  loss [0-9.e-]*  .*$escape\[K$" out || fail "no bar: $(cat out)"
! grep -q "$escape\[32m" out || fail "color with NO_COLOR"
[ "$(grep -c "^\($escape\[K\)*epoch [ 0-9]*/10  loss [0-9.e-]*\$" out)" = 10 ] || fail "no line per epoch: $(cat out)"
awk -v escape="$escape" '/ left/ { sub(escape "\\[K$", ""); if (length($0) > 69) exit 1 }' out || fail "a line that is too long: $(cat out)"
grep -q "best [0-9.e-]*" out || fail "the bar does not say what was best: $(cat out)"
NO_COLOR='' shown train --data d.csv --epochs 10
grep -q "^epoch [ 0-9]*/10 \[$escape\[32m##*$escape\[0m" out || fail "no color: $(cat out)"
shown train --data d.csv --epochs 1 --quiet
! grep -q " left" out || fail "a bar with --quiet: $(cat out)"
shown sweep rate 0.01 --data d.csv --epochs 2
grep -q " left" out || fail "sweep has no bar: $(cat out)"
shown sweep rate 0.01 --data d.csv --epochs 2 --quiet
! grep -q " left" out || fail "a bar with sweep --quiet: $(cat out)"
shown "train --data d.csv --epochs 1 2>err"
! grep -q " left" out err || fail "a bar in a file: $(cat out err)"
shown "train --data d.csv --epochs 3 >lines"
grep -q " left" out || fail "no bar beside a file of lines: $(cat out)"
[ "$(grep -c '^epoch ' lines)" = 3 ] && ! grep -q " left" lines || fail "lines in a file: $(cat lines)"
