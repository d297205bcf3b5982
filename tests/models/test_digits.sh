# digits.def over seeds 1 to 5: 0.97 of the test digits in the mean, never below 0.96; and the data is what its README says.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

[ "$(wc -l <"$data/digits/train.csv")" = 1438 ] || fail "train.csv: not 1437 rows"
[ "$(wc -l <"$data/digits/test.csv")" = 361 ] || fail "test.csv: not 360 rows"
"$NNGEN_BUILD/models/digits" info >"$work/info"
grep -q 'h.weight\[64, 64\]' "$work/info" || fail "not 64 hidden units: $(cat "$work/info")"

seeds="1 2 3 4 5"
epochs=60
least_mean=0.97
least=0.96
if is_sanitized; then # slow code: whether it learns, not how well
    seeds=1
    epochs=5
    least_mean=0.94
    least=0.94
fi
sum=0
count=0

# What `test --report` says of a trained net: counts of all test rows, right ones on the diagonal, and a line per class.
report() {
    "$NNGEN_BUILD/models/digits" test --weights "$work/weights" --data "$data/digits/test.csv" --report >"$work/report"
    awk '/^confusion_matrix/ { inside = 1; next } inside && NF == 11 { for (i = 2; i <= 11; i++) all += $i; right += $(2 + row++) }
         $1 == "accuracy" { accuracy = $2 }
         $1 ~ /^[0-9]$/ && NF == 5 { support += $5; classes++ }
         END { exit !(row == 10 && all == 360 && classes == 10 && support == 360 && sprintf("%.4f", right / all) == accuracy) }' \
        "$work/report" || fail "report: $(cat "$work/report")"
}
for seed in $seeds; do
    train digits --data "$data/digits/train.csv" --test "$data/digits/test.csv" --epochs $epochs --seed $seed --quiet \
        --save "$work/weights"
    accuracy=$(last test accuracy)
    echo "seed $seed: $accuracy"
    expect "seed $seed" "$accuracy >= $least"
    sum="$sum + $accuracy"
    count=$((count + 1))
done
report
expect "mean" "($sum) / $count >= $least_mean"
