# xor3.def: exclusive or in three layers, from ten starts.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

for seed in 1 2 3 4 5 6 7 8 9 10; do
    train xor3 --data "$data/xor.csv" --epochs 400 --seed $seed --quiet
    expect "seed $seed, accuracy" "$(last accuracy) == 1"
done
