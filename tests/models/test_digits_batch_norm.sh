# digits_batch_norm.def over seeds 1 to 5: 0.975 of the test digits in the mean, with at most 64 hidden units.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

"$NNGEN_BUILD/models/digits_batch_norm" info >"$work/info"
grep -q 'h.2.weight\[64, 64\]' "$work/info" || fail "not 64 hidden units: $(cat "$work/info")"

seeds="1 2 3 4 5"
epochs=60
if is_sanitized; then # slow code: whether it learns, not how well
    seeds=1
    epochs=10
fi
sum=0
count=0
for seed in $seeds; do
    train digits_batch_norm --data "$data/digits/train.csv" --test "$data/digits/test.csv" --epochs $epochs --seed $seed \
        --quiet
    accuracy=$(last test accuracy)
    echo "seed $seed: $accuracy"
    sum="$sum + $accuracy"
    count=$((count + 1))
done
expect "mean" "($sum) / $count >= 0.975 - 0.025 * ($count < 5)"
