# The same training by example, by mini-batch and by full batch: logistic.def's convex cost has one minimum, and a smaller batch
# comes near it in fewer epochs.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

# batch SIZE: sets cost, after 8 epochs.
batch() {
    variant logistic "s/^batch .*/batch $1/; s/^update .*/update sgd(0.05)/"
    train_variant --data "$data/logistic.train.csv" --test "$data/logistic.test.csv" --epochs 8 --seed 1 --quiet
    accuracy=$(last test accuracy)
    train_variant --data "$data/logistic.train.csv" --epochs 8 --seed 1
    cost=$(last '  loss')
    echo "batch of $1: cost $cost, test accuracy $accuracy"
}

minimum=0.132312 # see test_logistic.sh
batch 1
each=$cost
expect "by example" "$each < 1.1 * $minimum && $accuracy >= 0.9"
batch 32
mini=$cost
expect "by mini-batch" "$mini > $each && $accuracy >= 0.9"
batch 455
expect "by full batch" "$cost > $mini && $cost < 0.6931"
