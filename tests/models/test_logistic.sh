# logistic.def reaches the minimum of its convex cost. For logistic.train.csv that is 0.132312, with 0.9451 of the training rows
# and 0.9211 of the test rows right (Newton's method, in double).
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

for seed in 1 2 3; do
    train logistic --data "$data/logistic.train.csv" --test "$data/logistic.test.csv" --epochs 50 --seed $seed
    expect "seed $seed, cost" "$(last '  loss') < 0.132312 * 1.01 && $(last '  loss') > 0.1323"
    expect "seed $seed, test accuracy" "$(last test accuracy) >= 0.9"
done
