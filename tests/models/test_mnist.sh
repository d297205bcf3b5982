# mnist.def learns MNIST, where it is: in the folder NNGEN_MNIST, or in shared/data/mnist beside the source tree.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

mnist=${NNGEN_MNIST:-$NNGEN_SOURCE/../shared/data/mnist}
if [ ! -f "$mnist/train-images-idx3-ubyte.gz" ]; then
    echo "skipped: no MNIST; NNGEN_MNIST can name the folder of its four files"
    exit 77
fi
files() {
    echo "$mnist/$1-images-idx3-ubyte.gz,$mnist/$1-labels-idx1-ubyte.gz"
}
if is_sanitized; then
    train mnist --data "$(files t10k)" --epochs 1 --seed 1
    expect "training accuracy" "$(last accuracy) > 0.85"
else
    train mnist --data "$(files train)" --test "$(files t10k)" --epochs 2 --seed 1
    expect "test accuracy" "$(last test accuracy) > 0.96"
fi
