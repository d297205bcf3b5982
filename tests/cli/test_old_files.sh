# Files that version 0.1.0 wrote, weights with all that they may hold, a log and the model itself, are read by this one: the same
# predictions, loss and accuracy, and training goes on where it stopped.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

cp "$NNGEN_SOURCE"/tests/cli/written_by_0_1/old.* .
program old --target=c99

# near WANTED GOT: the same text, and numbers that differ by 1e-5 at most, as another order of sums may make them
near() {
    awk -F, 'NR == FNR { wanted[FNR] = $0; rows = FNR; next }
        {
            if (split(wanted[FNR], field) != NF) exit 1
            for (i = 1; i <= NF; i++)
                if ($i != field[i] && ($i !~ /^[0-9.e+-]+$/ || ($i - field[i]) ^ 2 > 1e-10)) exit 1
        }
        END { if (FNR != rows) exit 1 }' "$1" "$2"
}

runs 0 old predict --weights old.weights --data old.csv --missing mean
near old.predicted out || fail "other predictions than those of 0.1: $(cat out)"
has err "x from 'width' to 'height', z from 'age'"
sed 's/0\.4/0.5/' old.predicted >other
! near other out || fail "near sees no difference"

runs 0 old test --weights old.weights --data old.csv --missing mean
tr ' ' , <out >found
printf 'loss,0.8466\naccuracy,0.7500\n' >wanted
near wanted found || fail "other results than those of 0.1: $(cat out)"

# Columns in another order go by the names that the file has kept; labels by its classes.
awk -F, '{ print $4 "," $3 "," $2 "," $1 }' old.csv >turned.csv
runs 0 old predict --weights old.weights --data turned.csv --missing mean
near old.predicted out || fail "the names of columns that 0.1 kept are lost"

runs 0 old train --load old.weights --data old.csv --missing mean --epochs 2 --log old.log --save old.weights
has out "epoch 4/"
[ "$(cut -d, -f1 old.log | tr '\n' ' ')" = "epoch 1 2 3 4 5 " ] || fail "the log did not go on: $(cat old.log)"
