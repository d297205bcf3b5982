# A body trained on old rows, then its head alone on new rows that lie elsewhere: the frozen body, batch normalization
# and all, gives the same features of the same rows before and after, bit by bit, and the head learns on these features.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

# rows SEED SHIFT: two classes of 24 rows around points of their own.
rows() {
    awk -v seed="$1" -v shift="$2" 'BEGIN {
        srand(seed)
        for (i = 0; i < 48; i++) {
            for (k = 0; k < 4; k++)
                printf "%.3f,", shift + k + 3 * (i % 2) + (rand() + rand() + rand() + rand() - 2) * 1.7
            print i % 2
        }
    }'
}

# net NAME LINE: $work/NAME, the command line of the net with another line.
net() {
    {
        printf 'network transfer\ninput x[4]\ntarget c[2] onehot\n'
        printf 'b = relu(batch_norm(linear(x, 6)))\np = softmax(dense(b, 2))\n'
        printf 'loss cross_entropy(p, c)\nupdate sgd(0.1)\nbatch 8\noutput b, p\n%s\n' "$2"
    } >"$work/$1.def"
    "$NNGEN_TOOL" "$work/$1.def" -o "$work/$1.c" || fail "$1.def"
    $NNGEN_CC -std=c11 -O1 -DNN_MAIN $NNGEN_CFLAGS "$work/$1.c" \
        "$NNGEN_BUILD/libnngen.a" -ljansson -lz -lm -o "$work/$1" || fail "$1.c"
}

# features WEIGHTS: of the old rows, as `predict` prints them.
features() {
    "$work/head" predict --weights "$1" --data "$work/old.csv" 2>"$work/notes" | cut -d, -f1-6
}

rows 1 0 >"$work/old.csv"
rows 2 4 >"$work/new.csv"
net body ''
net head 'freeze b.*'
"$work/body" train --data "$work/old.csv" --epochs 20 --save "$work/old" --quiet >"$work/log"
"$work/head" test --weights "$work/old" --data "$work/new.csv" >"$work/log"
before=$(sed -n 's/.*loss \([-+.0-9e]*\).*/\1/p' "$work/log")
"$work/head" train --load "$work/old" --data "$work/new.csv" --epochs 30 --save "$work/new" --quiet >"$work/log"
"$work/head" test --weights "$work/new" --data "$work/new.csv" >"$work/log"
after=$(sed -n 's/.*loss \([-+.0-9e]*\).*/\1/p' "$work/log")
features "$work/old" >"$work/old.b"
features "$work/new" >"$work/new.b"

[ "$(wc -l <"$work/old.b")" -ge 48 ] || fail "no features: $(cat "$work/notes")"
cmp -s "$work/old.b" "$work/new.b" || fail "the frozen features changed: $(diff "$work/old.b" "$work/new.b" | head -n 4)"
echo "loss of the new rows: $before before, $after after training the head"
expect "the head learns" "$after < 0.5 * $before && $after < 0.5"
