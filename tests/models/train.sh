# Read by the tests of this folder: what they all do. Comes in: the surroundings that tests/CMakeLists.txt describes.

data=$NNGEN_SOURCE/models
work=$(mktemp -d "$NNGEN_SCRATCH/XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# train MODEL option...: the driver's output goes to $work/log.
train() {
    model=$1
    shift
    "$NNGEN_BUILD/models/$model" train "$@" >"$work/log" 2>&1 || fail "$model train $*: $(cat "$work/log")"
}

# last WORD...: the number after these words in the last line of the log that has them.
last() {
    sed -n "s/.*$* \([-+.0-9e]*\).*/\1/p" "$work/log" | tail -n 1
}

# holds CONDITION: an awk expression of numbers.
holds() {
    awk "BEGIN { exit !($1) }"
}

# expect WHAT CONDITION
expect() {
    holds "$2" || fail "$1: not $2"
}

is_sanitized() {
    case $NNGEN_CFLAGS in *-fsanitize*) true ;; *) false ;; esac
}

# variant MODEL SED-SCRIPT: the model with another line, as the program $work/variant.
variant() {
    sed "$2" "$data/$1.def" >"$work/variant.def"
    cmp -s "$data/$1.def" "$work/variant.def" && fail "$1: '$2' changes nothing"
    "$NNGEN_TOOL" "$work/variant.def" --target=generic -o "$work/variant.c" || fail "$1 with '$2'"
    $NNGEN_CC -std=c11 -O1 -DNN_MAIN $NNGEN_CFLAGS "$work/variant.c" \
        "$NNGEN_BUILD/libnngen.a" -ljansson -lz -lm -o "$work/variant" || fail "$1 with '$2'"
}

# train_variant option...: as train.
train_variant() {
    "$work/variant" train "$@" >"$work/log" 2>&1 || fail "variant train $*: $(cat "$work/log")"
}
