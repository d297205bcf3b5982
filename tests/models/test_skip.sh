# skip.def learns: at least 28 of the 30 test flowers, from every seed.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

for seed in 1 2 3 4 5; do
    train skip --data "$data/skip.train.csv" --test "$data/skip.test.csv" --epochs 60 --seed $seed
    expect "seed $seed, test accuracy" "$(last test accuracy) > 27.9 / 30"
    expect "seed $seed, training accuracy" "$(last '  accuracy') > 0.95"
done
