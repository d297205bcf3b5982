# Training that is stopped at any time: by a signal, by a loss that grows until it is infinite. What was learned is there, and goes
# on as if nothing had been.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

awk 'BEGIN { srand(5); for (i = 0; i < 200; i++) { a = rand() * 2 - 1; b = rand() * 2 - 1
                 print a "," b "," (a + b > 0.3 ? 2 : a > b ? 1 : 0) } }' >points.csv

# All that a net keeps from step to step: statistics, moments, random masks; a schedule by epochs.
cat >points.def <<'MODEL'
network points
input  x[2] standard
target kind[3] onehot
h = dropout(tanh(dense(x, 8)), 0.1)
h = relu(dense(batch_norm(h), 6))
p = softmax(dense(h, 3))
loss   cross_entropy(p, kind) + l2(1e-4)
update adam(lr = exponential_decay(0.01, 0.99))
batch  16
metric accuracy(p, kind)
MODEL
program points --unroll=none

# 150 epochs in one go, and in pieces that `timeout` cuts.
runs 0 points train --data points.csv --epochs 150 --seed 7 --save whole --log whole.csv --quiet
more="--epochs 150 --seed 7" stops=0 code=1 wait=0.03
while [ $code != 0 ]; do
    code=0
    # shellcheck disable=SC2086
    timeout --preserve-status -s "$([ $((stops % 2)) = 0 ] && echo TERM || echo INT)" $wait \
        ./points train --data points.csv $more --save part --log part.csv >out 2>err || code=$?
    case $code in 0) ;; 130 | 143) stops=$((stops + 1)) ;; *) fail "exit $code: $(cat err)" ;; esac
    [ $code = 0 ] || [ ! -e part ] || more="--load part"
    if [ $stops -gt 4 ]; then wait=60; fi
done
cmp -s part whole || fail "weights are not the same after $stops stops"
cmp -s part.csv whole.csv || fail "the log is not the same after $stops stops"
echo "$stops stops" >&2

# The reader of the output goes away after a line.
rm part part.csv
./points train --data points.csv --epochs 150 --seed 7 --save part --log part.csv 2>err | head -n 1 >out
has err "<stdout>: error: cannot write: Broken pipe"
has err "hint: the weights after epoch "
runs 0 points train --data points.csv --load part --save part --log part.csv
cmp -s part whole || fail "weights are not the same after a pipe that broke"
cmp -s part.csv whole.csv || fail "the log is not the same after a pipe that broke"

# A rate that grows by a fifth each epoch: the loss becomes infinite, the weights of the epoch before are kept, and they load.
cat >growing.def <<'MODEL'
network growing
input  x[2]
target y
h = tanh(dense(x, 16))
p = sum(dense(h, 1))
loss   (p - y)^2
update sgd(exponential_decay(0.01, 1.2))
batch  16
MODEL
program growing --unroll=none
runs 1 growing train --data points.csv --epochs 60 --save grown
good=$(grep -c '^epoch ' out)
has err "error: loss is "
has err "hint: the weights after epoch $good are in 'grown'"
[ "$good" -gt 5 ] || fail "no good epochs: $(cat out)"
runs 0 growing test --data points.csv --weights grown
loss=$(sed -n 's/^loss //p' out)
[ "$loss" != inf ] && [ "$loss" != nan ] || fail "the loss of what was kept is $loss"
lists grown growing growing.c growing.def growing.h part part.csv points points.c points.csv points.def points.h whole whole.csv
