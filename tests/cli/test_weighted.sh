# Weights of examples, from nngen to the driver: the model of functions.txt, on a file with a column of weights.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

sed -n '/^Weights of examples/,/^weighted(/s/^    //p' "$NNGEN_SOURCE/gen/functions.txt" | sed 's/ + l2(1e-4)//' >points.def
grep -q "weights = w" points.def || fail "functions.txt has no model with weights"
program points --precision=double
[ ! -s err ] || fail "messages: $(cat err)"

# In C what learns takes weights, and what predicts does not.
prototype() {
    sed -n "/ points_$1(/,/;/p" points.h | tr -s '\n ' ' '
}
for name in loss gradient gradient_add train_step; do
    prototype $name | grep -q 'const int32_t \*kind, const double \*w);' || fail "$name takes no weights: $(prototype $name)"
done
for name in predict predict_batch; do
    prototype $name | grep -q 'const double \*x, double \*p);' || fail "$name takes more than x: $(prototype $name)"
done

# 70 points, nine batches of which the last is not full; weights in quarters, 0 among them, more of them for one class.
awk 'function draw() { seed = seed * 16807 % 2147483647; return seed % 2000 / 1000 - 1 }
     BEGIN { seed = 5; print "x.0,x.1,w,kind"
             for (i = 0; i < 70; i++) { a = draw(); b = draw(); kind = a + b > 0.3 ? 2 : a > b ? 1 : 0
                 print a "," b "," (i % 9 == 4 ? 0 : (i % 7 + 5 * (kind == 1)) / 4) "," kind } }' >points.csv

# What training says at its end is what test says; of quarters the counts are not whole.
runs 0 points train --data points.csv --epochs 4 --save weights --report --log log.csv
sed -n '/^loss/,$p' out >trained
runs 0 points test --data points.csv --weights weights --report
sed -n '/^loss/,$p' out >tested
cmp -s trained tested || fail "train and test say different things: $(cat trained tested)"
awk -F, 'END { printf "loss %.4f\n", $2 }' log.csv >logged
[ "$(sed -n '1s/  */ /p' tested)" = "$(cat logged)" ] || fail "the log has $(cat logged)"

# The same from the predictions, by hand: sums over the whole file.
runs 0 points predict --data points.csv --weights weights --out p.csv
paste -d, points.csv p.csv | awk -F, '
    NR > 1 { p[0] = $5; p[1] = $6; p[2] = $7; guess = p[1] > p[0] ? 1 : 0; if (p[2] > p[guess]) guess = 2
             all += $3; loss -= $3 * log(p[$4]); right += $3 * (guess == $4); count[$4, guess] += $3
             present[$4] += $3; predicted[guess] += $3 }
    END { printf "loss %.4f\naccuracy %.4f\n", loss / all, right / all
          for (i = 0; i < 3; i++) printf "%d %.4f %.4f %.4f\n", i, count[i, 0], count[i, 1], count[i, 2]
          for (i = 0; i < 3; i++) printf "%d %.4f %.4f %.4f %.4f\n", i, count[i, i] / predicted[i], count[i, i] / present[i],
                                         2 * count[i, i] / (predicted[i] + present[i]), present[i] }' >wanted
sed 's/^ *//; s/  */ /g' tested | grep '^loss\|^accuracy\|^[0-9] [0-9]*[.]' >got
cmp -s wanted got || fail "the report is not the sums of the file: $(diff wanted got)"

# Prediction does not ask for weights, and without them there is no loss to tell.
cp p.csv with_weights.csv
cut -d, -f1,2 points.csv >inputs.csv
cut -d, -f1,2,4 points.csv >kinds.csv
for data in inputs.csv kinds.csv; do
    runs 0 points predict --data $data --weights weights --out p.csv
    cmp -s p.csv with_weights.csv || fail "$data is predicted otherwise"
    [ ! -s out ] || fail "$data has no weights, but there is $(cat out)"
done
has err "; no target 'w', so that none is read"
runs 1 points test --data kinds.csv --weights weights
has err "no column 'w'"

# Gradients are those of the loss.
runs 0 points check --data points.csv --weights weights
