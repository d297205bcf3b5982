# siamese.def over seeds 1 to 5: 0.96 of the test pairs in the mean, never below 0.95; equal digits are near, others far; a
# run repeats exactly; and pairs that are given are taken as they are.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

# on_digits COMMAND.. with items and labels of the digits.
on_digits() {
    "$@" --data "$data/digits/train.csv" --test "$data/digits/test.csv" --columns a=rest,same=digit
}

seeds="1 2 3 4 5"
epochs=100
least_mean=0.96
least=0.95
if is_sanitized; then # slow code: whether it learns, not how well
    seeds=1
    epochs=10
    least_mean=0.85
    least=0.85
fi
sum=0
count=0
for seed in $seeds; do
    on_digits train siamese --epochs $epochs --seed $seed --quiet --report
    accuracy=$(awk '$1 == "pair_accuracy" { print $2 }' "$work/log")
    echo "seed $seed: $accuracy"
    expect "seed $seed" "$accuracy >= $least"
    tail -n 1 "$work/log" >"$work/distances"
    awk '!($1 > 0 && $1 < 0.5 && $2 > 0.6) { exit 1 }' "$work/distances" || fail "mean distances: $(cat "$work/distances")"
    sum="$sum + $accuracy"
    count=$((count + 1))
done
expect "mean" "($sum) / $count >= $least_mean"

for run in first second; do
    on_digits train siamese --epochs 3 --seed 7 --save "$work/$run"
    mv "$work/log" "$work/$run.log"
done
cmp "$work/first" "$work/second" || fail "two runs, two nets"
cmp "$work/first.log" "$work/second.log" || fail "two runs, two reports"

# Pairs for prediction: each test digit with itself, then the block gives equal outputs for both.
tail -n +2 "$data/digits/test.csv" | cut -d, -f 1-64 >"$work/items"
paste -d, "$work/items" "$work/items" >"$work/pairs"
"$NNGEN_BUILD/models/siamese" predict --weights "$work/first" --data "$work/pairs" >"$work/outputs"
[ "$(wc -l <"$work/outputs")" = 361 ] || fail "360 pairs and a header expected"
awk -F, 'NR > 1 { for (i = 1; i <= 8; i++) if ($i != $(i + 8)) exit 1 }' "$work/outputs" || fail "one item, two outputs"

# What the driver says of labels that make no pairs.
sed 's/$/,3/' "$work/items" >"$work/alike"
"$NNGEN_BUILD/models/siamese" train --data "$work/alike" >"$work/log" 2>&1 && fail "one label was enough"
grep -q "every 'same' is 3, pairs need two labels or more" "$work/log" || fail "said: $(cat "$work/log")"
"$NNGEN_BUILD/models/siamese" train --data "$work/items" >"$work/log" 2>&1 && fail "no label was enough"
grep -q "64 columns, inputs take 64 and targets 1" "$work/log" || fail "said: $(cat "$work/log")"
