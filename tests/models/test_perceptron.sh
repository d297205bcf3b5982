# perceptron.def makes no mistake on separable data after a bounded number of updates, and never settles on exclusive or.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

# counted: the updates so far, which the net counts itself.
counted() {
    "$NNGEN_BUILD/models/perceptron" predict --weights "$work/weights" --data "$1" | awk -F, 'NR == 2 { print $2 }'
}

# Novikoff 1962: at most (R / margin)^2 mistakes. Of perceptron.csv, standardised and with a 1 for the bias, the largest R^2
# is 8.588 and the margin of the best line 0.2058 (by a search over all directions), so 203 at most.
for seed in 1 2 3 4 5; do
    train perceptron --data "$data/perceptron.csv" --epochs 203 --seed $seed --quiet --save "$work/weights"
    expect "seed $seed, accuracy" "$(last accuracy) == 1"
    updates=$(counted "$data/perceptron.csv")
    echo "seed $seed: $updates updates"
    expect "seed $seed, updates" "$updates >= 1 && $updates <= 203"
    train perceptron --data "$data/perceptron.csv" --epochs 5 --quiet --load "$work/weights" --save "$work/weights"
    expect "seed $seed, updates after the last mistake" "$(counted "$data/perceptron.csv") == $updates"
done

sed '1s/.*/x.0,x.1,versicolor/' "$data/xor.csv" >"$work/xor.csv"
train perceptron --data "$work/xor.csv" --epochs 100 --quiet --save "$work/weights"
before=$(counted "$work/xor.csv")
train perceptron --data "$work/xor.csv" --epochs 100 --quiet --load "$work/weights" --save "$work/weights"
expect "updates on exclusive or" "$(counted "$work/xor.csv") >= $before + 100"
expect "accuracy on exclusive or" "$(last accuracy) < 1"
