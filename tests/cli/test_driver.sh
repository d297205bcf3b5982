# The driver of generated nets: report, watch, log, check and sweep on models that nngen has made C of.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

[ "${NNGEN_LONG:-}" != 1 ] || level=-O1

# Three classes of points, parted by lines.
awk 'BEGIN { srand(3); print "x.0,x.1,kind"
             for (i = 0; i < 150; i++) { a = rand() * 2 - 1; b = rand() * 2 - 1
                 print a "," b "," (a + b > 0.3 ? 2 : a > b ? 1 : 0) } }' >points.csv

cat >points.def <<'MODEL'
network points
input  x[2] standard
target kind[3] onehot
setting rate = 0.05
h = dropout(tanh(dense(x, 8)), 0.1)
h = relu(dense(batch_norm(h), 6))
p = softmax(dense(h, 3))
loss   cross_entropy(p, kind) + l2(1e-4)
update adam(lr = rate)
batch  16
metric accuracy(p, kind), f1(p, kind), top_k(p, kind, k = 2), confusion_matrix(p, kind)
MODEL

# check: fine in both types, untrained and trained, through dropout, batch statistics and kinks.
for type in float double; do
    program points --precision=$type --target=generic
    runs 0 points check --data points.csv
    has out "16 examples, loss in training "
    has out "  h.weight                 16 of 16 compared, off by "
    has out "worst: "
    runs 0 points train --data points.csv --epochs 3 --save weights --quiet
    runs 0 points check --data points.csv --weights weights
done
has out "the limit is 1e-05"

# report: the table of the test data, which the single figures agree with.
runs 0 points train --data points.csv --test points.csv --epochs 20 --report --log log.csv --save weights
has out "150 examples of the test data"
has out "confusion_matrix: a row per true class, a column per predicted one"
has out "           class  precision     recall         f1    support"
accuracy=$(sed -n 's/^accuracy  *//p' out)
f1=$(sed -n 's/^f1  *//p' out)
grep '^ *[012]  *[0-9]*  *[0-9]*  *[0-9]*$' out | tail -n 3 >matrix
awk -v accuracy="$accuracy" '{ right += $(NR + 1); all += $2 + $3 + $4 }
    END { exit !(NR == 3 && all == 150 && right / all - accuracy < 1e-4 && accuracy - right / all < 1e-4) }' matrix ||
    fail "accuracy $accuracy is not that of $(cat matrix)"
[ "$(awk '/mean, total/ { print $5, $6 }' out)" = "$f1 150" ] || fail "f1 $f1 is not the mean: $(cat out)"
awk -v a="$accuracy" 'BEGIN { exit !(a > 0.85) }' || fail "accuracy $accuracy"
[ "$(head -n 1 log.csv)" = "epoch,train_loss,train_accuracy,train_f1,train_top_k,test_loss,test_accuracy,test_f1,test_top_k" ] ||
    fail "log: $(head -n 1 log.csv)"
[ "$(wc -l <log.csv)" = 21 ] || fail "log has $(wc -l <log.csv) lines"
cp out trained
runs 0 points test --data points.csv --weights weights --report
[ "$(head -n 1 out)" = "150 examples" ] || fail "test --report: $(cat out)"
sed 1d out >report
sed '1,/of the test data/d' trained | cmp -s - report || fail "test --report is not what train --report said"

# Labels as text, which sort as the numbers do: the same net, and its classes have names.
awk -F, 'NR > 1 { sub(/,[012]$/, $3 == 0 ? ",east" : $3 == 1 ? ",\"no, one\"" : ",west") } { print }' points.csv >named.csv
runs 0 points train --data named.csv --test named.csv --epochs 20 --report --save named
has err "named.csv: note: the classes of 'kind' are its labels, sorted: east=0, \"no, one\"=1, west=2"
has out "                    east no, one    west"
sed '1,/^ *class  precision/d; s/east/   0/; s/no, one/      1/; s/west/   2/' out >report
sed '1,/^ *class  precision/d' trained | cmp -s - report || fail "the report of labels: $(cat out)"
runs 0 points predict --weights weights --data points.csv
cp out numbered
runs 0 points predict --weights named --data named.csv
[ "$(head -n 1 out)" = 'p.east,"p.no, one",p.west,kind' ] || fail "predictions: $(head -n 1 out)"
sed 1d numbered | awk -F, '{ n = $1 > $2 ? 0 : 1; m = $1 > $2 ? $1 : $2; if ($3 > m) n = 2
    print $0 "," (n == 0 ? "east" : n == 1 ? "\"no, one\"" : "west") }' >expected
sed 1d out | cmp -s - expected || fail "predicted labels: $(head -n 4 out)"
runs 0 points info --weights named
has out "classes  kind: east=0, \"no, one\"=1, west=2"
runs 1 points test --weights weights --data named.csv
has err "is a label as text, and weights has classes of 'kind' as numbers"

# sweep: the setting's own value gives what training gives, and the net's weights file the setting.
runs 0 points sweep rate 0.001,0.05,0.05 --data points.csv --epochs 20
[ "$(wc -l <out)" = 4 ] || fail "sweep: $(cat out)"
of_rate=$(sed -n 's/^rate 0.05  //p' out | sort -u)
[ "$of_rate" = "$(sed -n 's/^epoch 20\/20  \(.*\)  test loss.*/\1/p' trained)" ] || fail "sweep $of_rate, train $(cat trained)"
has out "least loss: rate 0.05"
runs 0 points info --weights weights
has out "setting  rate"
runs 2 points sweep rat 1 --data points.csv
says "error: network 'points' has no setting 'rat'
hint: is 'rate' meant?"

# A derivative by hand that is wrong is found, and its parameter named.
cat >wrong.def <<'MODEL'
network wrong
input  x[2]
target kind[3] onehot
def twice(z) = z * z deriv z
h = dense(x, 4)
p = softmax(dense(twice(h), 3))
loss   cross_entropy(p, kind)
update sgd(0.1)
MODEL
for type in float double; do
    program wrong --precision=$type
    runs 1 wrong check --data points.csv
    has err "error: the gradient of 'h."
    has err "differences give"
done

# softmax of one value is 1. nngen says so, and check says which gradients are 0: beside others it goes on, alone they
# prove nothing.
cat >part.def <<'MODEL'
network part
input  x[2]
target kind[3] onehot
h = softmax(dense(x, 1))
p = softmax(dense(h, 3))
loss   cross_entropy(p, kind)
update sgd(0.1)
MODEL
program part
has err "part.def:4:13: warning: the gradient of 'h.weight' is always 0, it is not trained"
has err "part.def:4:5: note: 'h' is 1 whatever 'h.weight' is"
runs 0 part check --data points.csv
has out "  h.weight                 2 of 2 compared, all gradients are 0"
has out "  p.weight                 3 of 3 compared, off by "
has err "note: all gradients of 'h.weight' and 1 more parameter are 0 on 32 examples, which proves little"
cat >price.def <<'MODEL'
network price
input  x[2]
target cost[1]
h = relu(dense(x, 4))
p = softmax(dense(h, 1))
loss   mean_squared_error(p, cost)
update adam()
batch  3
MODEL
printf '%s\n' 0.5,1,3 1,0.25,1 2,0.5,2 >price.csv
program price
has err "price.def:5:5: note: 'p' is 1 whatever 'h.weight' is"
runs 1 price check --data price.csv --header no
has out "  p.bias                   1 of 1 compared, all gradients are 0"
has err "error: all gradients of all parameters are 0 on 3 examples, so nothing is checked"
has err "hint: what lies between them and the loss may be constant (softmax of one value,"

# Gradients vanish through ten layers of sigmoid: four orders of magnitude from the last to the first.
awk 'BEGIN { print "network deep"; print "input x[2] standard"; print "target kind[3] onehot"; print "h1 = sigmoid(dense(x, 8))"
             for (i = 2; i <= 10; i++) printf "h%d = sigmoid(dense(h%d, 8))\n", i, i - 1
             print "p = softmax(dense(h10, 3))"; print "loss cross_entropy(p, kind)"; print "update sgd(0.01)" }' >deep.def
program deep
runs 0 deep train --data points.csv --epochs 1 --watch
has out "  norms of                    gradient     weights      update"
[ "$(grep -c '^  [hp][0-9]*\.' out)" = 22 ] || fail "watch: $(cat out)"
awk '$1 == "h1.weight" { first = $2 } $1 == "p.weight" { last = $2 } END { exit !(first > 0 && first < 1e-4 * last) }' out ||
    fail "no vanishing gradient: $(cat out)"
# The step of sgd is the rate times the gradient, until float no longer sees it beside the weight.
awk '$1 ~ /weight/ && $4 > 1e-5 { ratio = $4 / $2; if (ratio < 0.0099 || ratio > 0.0101) bad = 1 } END { exit bad }' out ||
    fail "steps are not 0.01 of the gradients: $(cat out)"

# The size of the training set, known to a model that asks for it, and kept with the weights.
cat >sized.def <<'MODEL'
network sized
target kind[3] onehot
input  x[2]
p = softmax(dense(x, 3))
m = 0 * sum(x) + examples
loss   cross_entropy(p, kind) + l2_course(0.1)
update sgd(0.1)
batch  16
output m
MODEL
program sized
runs 0 sized train --data points.csv --epochs 1 --save weights --quiet
runs 0 sized predict --weights weights --data points.csv
[ "$(sort -u out)" = "$(printf '150\nm')" ] || fail "examples: $(sort -u out)"

# Without a header columns go in the order of declaration, here the target first; C takes inputs first.
awk -F, 'NR > 1 { print $3 "," $1 "," $2 }' points.csv >bare.csv
runs 0 sized train --data points.csv --epochs 2
mv out named
runs 0 sized train --data bare.csv --epochs 2
has err "bare.csv: note: read as comma-separated, no header; kind from column 0, x from columns 1 to 2"
cmp -s named out || fail "columns in the order of declaration: $(cat out)"
grep -q 'sized_loss(.*, const float \*x, const int32_t \*kind' sized.h || fail "arguments: $(grep -A1 sized_loss sized.h)"
