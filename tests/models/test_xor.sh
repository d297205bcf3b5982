# xor.def finds the solution from every start, and predict gives the truth table.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

for seed in 1 2 3 4 5 6 7 8 9 10; do
    train xor --data "$data/xor.csv" --epochs 500 --seed $seed --save "$work/weights" --quiet
    expect "seed $seed, accuracy" "$(last accuracy) == 1"
    "$NNGEN_BUILD/models/xor" predict --weights "$work/weights" --data "$data/xor.csv" >"$work/outputs"
    [ "$(wc -l <"$work/outputs")" = 5 ] || fail "four rows and a header expected: $(cat "$work/outputs")"
    paste -d, "$data/xor.csv" "$work/outputs" | awk -F, 'NR > 1 && ($3 - $4 > 0.1 || $4 - $3 > 0.1) { exit 1 }' ||
        fail "seed $seed: wrong outputs: $(cat "$work/outputs")"
done
