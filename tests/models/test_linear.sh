# linear.def finds the least squares solution. Its coefficients for linear.train.csv, by the normal equations in double:
# -0.21871806 0.19641817 0.52233595, offset -0.09403227; mean squared error 0.033857.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

train linear --data "$data/linear.train.csv" --test "$data/linear.test.csv" --epochs 100 --seed 1 --save "$work/weights"
expect "training loss" "$(last '  loss') < 0.033857 * 1.01"
expect "test error" "$(last 'test typical_error') < 0.2130 * 1.02"

"$NNGEN_BUILD/models/linear" predict --weights "$work/weights" --data "$data/linear.test.csv" >"$work/outputs"
paste -d, "$data/linear.test.csv" "$work/outputs" | awk -F, '
    NR > 1 {
        width = -0.21871806 * $1 + 0.19641817 * $2 + 0.52233595 * $3 - 0.09403227
        if (width - $5 > 0.05 || $5 - width > 0.05) { print "line " NR ": " $5 ", least squares " width; wrong = 1 }
        rows++
    }
    END { exit wrong || rows != 30 }' || fail "predictions are not those of least squares"
