# sine.def: one hidden layer comes near sin(x), the nearer the wider it is.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

before=1
for width in 1 3 9; do
    variant sine "s/dense(x, 32,/dense(x, $width,/"
    train_variant --data "$data/sine.csv" --epochs 300 --seed 1 --quiet
    error=$(last root_mean_squared_error)
    echo "$width units: $error"
    expect "$width units" "$error < $before / 2"
    before=$error
done
train sine --data "$data/sine.csv" --epochs 300 --seed 1 --quiet
echo "32 units: $(last root_mean_squared_error)"
expect "32 units" "$(last root_mean_squared_error) < 0.03 && $(last root_mean_squared_error) < $before"
