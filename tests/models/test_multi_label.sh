# multi_label.def: three labels of a digit, and all three right.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

for seed in 1 2 3; do
    train multi_label --data "$data/digits/train.csv" --test "$data/digits/test.csv" --epochs 20 --seed $seed --quiet
    labels=$(last test label_accuracy)
    all=$(last test exact_match)
    echo "seed $seed: $labels of the labels, $all of the digits"
    expect "seed $seed" "$labels >= 0.96 && $all >= 0.92 && $all < $labels"
done
