# course_optimizers.def reaches the minimum of logistic.def's convex cost with the optimizers as courses print them: 0.132312, see
# test_logistic.sh.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

for seed in 1 2 3; do
    train course_optimizers --data "$data/logistic.train.csv" --test "$data/logistic.test.csv" --epochs 60 --seed $seed
    expect "seed $seed, cost" "$(last '  loss') < 0.132312 * 1.01 && $(last '  loss') > 0.1323"
    expect "seed $seed, test accuracy" "$(last test accuracy) >= 0.9"
done
