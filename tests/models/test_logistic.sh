# logistic.def reaches the minimum of its convex cost. For logistic.train.csv that is 0.132312, with 0.9451 of the training rows
# and 0.9211 of the test rows right (Newton's method, in double). Of rates the largest of the sweep comes nearest in few epochs.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

for seed in 1 2 3; do
    train logistic --data "$data/logistic.train.csv" --test "$data/logistic.test.csv" --epochs 50 --seed $seed
    expect "seed $seed, cost" "$(last '  loss') < 0.132312 * 1.01 && $(last '  loss') > 0.1323"
    expect "seed $seed, test accuracy" "$(last test accuracy) >= 0.9"
done

"$NNGEN_BUILD/models/logistic" sweep rate 0.005,0.05,0.5,5 --data "$data/logistic.train.csv" --epochs 10 >"$work/sweep"
[ "$(grep -c "^rate [0-9.]*  loss [0-9.]*  accuracy [0-9.]*  precision [0-9.]*  recall [0-9.]*  f1 [0-9.]*$" "$work/sweep")" = 4 ] ||
    fail "sweep: $(cat "$work/sweep")"
[ "$(tail -n 1 "$work/sweep")" = "least loss: rate 5" ] || fail "sweep: $(cat "$work/sweep")"
