# Nets of drawn layers, optimizers and schedules, with drawn options, stopped at any moment and gone on with: weights and log are
# those of the straight run. unit/resume draws data and stops by steps; here is what generated nets keep from step to step.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

models=3
[ "${NNGEN_LONG:-}" != 1 ] || models=60

# drawn NUMBER: 0 to NUMBER - 1
state=1
drawn() {
    state=$(((state * 1103515245 + 12345) % 2147483648))
    number=$((state / 65536 % $1))
}

# one WORD...: one of them, as $word
one() {
    drawn $#
    shift $number
    word=$1
}

stops=0 model=0
while [ $model -lt $models ]; do
    model=$((model + 1)) state=$((model * 7919))
    awk -v seed=$model 'BEGIN { srand(seed); for (i = 0; i < 150; i++) { a = rand() * 2 - 1; b = rand() * 2 - 1
        print a "," b "," (a + b > 0.3 ? 2 : a > b ? 1 : 0) } }' >points.csv
    one "" standard minmax "standard noise(0.1)"
    input=$word
    one "dropout(tanh(dense(x, 8)), 0.2)" "relu(dense(batch_norm(dense(x, 6)), 8))" "prelu(dense(x, 8))" "tanh(dense(layer_norm(dense(x, 5)), 8))" \
        "dropout(batch_norm(relu(dense(x, 8))), 0.1)"
    first=$word
    one 0.01 "exponential_decay(0.02, 0.97)" "cosine(0.02)" "warm_up(cosine(0.02), over = 50)" "one_cycle(0.02, over = 200)" "0.02 * 0.97^epoch"
    rate=$word
    one "adam($rate)" "sgd($rate)" "momentum($rate)" "nesterov($rate)" "rmsprop($rate)" "adagrad($rate)" "adadelta()" "amsgrad($rate)" \
        "adamax($rate)" "nadam($rate)" "radam($rate)" "adamw($rate)" "lion($rate)" "lamb($rate)" "clip_norm(adam($rate), 1)" \
        "averaged(sgd($rate))" "rprop()" "heavy_ball($rate)"
    update=$word
    one 7 16 64
    batch=$word
    cat >net.def <<MODEL
network net
input  x[2] $input
target kind[3] onehot
h = $first
p = softmax(dense(h, 3))
loss   cross_entropy(p, kind) + l2(1e-4)
update $update
batch  $batch
metric accuracy(p, kind)
MODEL
    one float double
    precision=$word
    one c99 generic
    program net --unroll=none --target=$word --precision=$precision
    one csv jsonl
    log=$word
    drawn 1000
    options="--data points.csv --test points.csv --epochs 40 --seed $number --quiet"
    rm -f whole* part*
    runs 0 net train $options --save whole --log whole.$log
    more=$options code=1 wait=0.008 own=0
    while [ $code != 0 ]; do
        code=0
        one TERM INT HUP KILL
        # shellcheck disable=SC2086
        timeout --foreground --preserve-status -s $word $wait ./net train $more --save part --log part.$log --save-every 3 >out 2>err || code=$?
        case $code in
        0) ;;
        129 | 130 | 137 | 143) own=$((own + 1)) ;;
        *) fail "model $model: exit $code: $(cat err) $(cat net.def)" ;;
        esac
        [ ! -e part ] || more="--data points.csv --test points.csv --quiet --load part"
        [ $own -lt 5 ] || wait=60
        wait=$(echo "$wait" | awk '{ print $1 * 1.3 }')
    done
    cmp -s part whole || fail "model $model: weights are not the same after $own stops: $(cat net.def)"
    cmp -s part.$log whole.$log || fail "model $model: the log is not the same after $own stops: $(cat net.def)"
    stops=$((stops + own))
done
echo "$models models, $stops stops"
