# Newton's method and gradient descent on the convex cost of logistic regression. For logistic.train.csv its minimum is 0.132312
# (Newton's method, in double). One epoch is one step of the whole training set.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

# steps_to LOSS: the first epoch in the log with that loss or less, 0 if there is none.
steps_to() {
    awk -v most="$1" '$1 == "epoch" && $3 == "loss" && $4 <= most { split($2, at, "/"); found = at[1]; exit }
                      END { print found + 0 }' "$work/log"
}

train newton --data "$data/logistic.train.csv" --epochs 12
newton=$(steps_to 0.1324)
expect "newton, steps to 0.1324" "$newton >= 1 && $newton <= 7"
expect "newton, loss in the end" "$(last loss) > 0.1322 && $(last loss) <= 0.1324"
expect "newton, accuracy" "$(last accuracy) >= 0.945"

train descent --data "$data/logistic.train.csv" --epochs 800
descent=$(steps_to 0.1324)
expect "descent, steps to 0.1324" "$descent >= 300"
expect "descent, loss in the end" "$(last loss) > 0.1322 && $(last loss) <= 0.1324"
expect "steps of descent for one of newton" "$descent >= 40 * $newton"
