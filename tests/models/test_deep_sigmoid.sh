# deep_sigmoid.def, deep_relu.def, deep_batch_norm.def: the first layer's gradient apart by orders of magnitude, and what comes
# of it in thirty epochs.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

epochs=30
least=0.8
if is_sanitized; then # slow code: the gradients alone
    epochs=1
    least=0
fi

# deep KIND TENSOR: sets norm, of the first epoch's gradients, and accuracy.
deep() {
    train deep_$1 --data "$data/digits/train.csv" --test "$data/digits/test.csv" --epochs $epochs --seed 1 --watch
    norm=$(awk -v tensor="$2" '$1 == tensor { print $2; exit }' "$work/log")
    accuracy=$(last test accuracy)
    echo "$1: $norm, test accuracy $accuracy"
}

deep sigmoid h1.weight
vanished=$norm
expect "what ten layers of sigmoid leave" "$vanished > 0 && $vanished < 1e-5 && $accuracy < 0.2"
deep relu h1.weight
expect "relu with He's weights" "$norm > 10000 * $vanished && $accuracy > $least"
deep batch_norm h1.2.weight
expect "batch normalization" "$norm > 10000 * $vanished && $accuracy > $least"
