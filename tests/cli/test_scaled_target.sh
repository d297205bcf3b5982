# A target of large numbers: as it is a net does not learn it in the same time; scaled by the training set it does, and predictions
# and metrics are in the units of the data.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

# network NAME WORD: price is learned from three sizes of a house; its program.
network() {
    cat >"$1.def" <<MODEL
network $1
input  house[3] standard
target price $2
h = tanh(dense(house, 8))
p = sum(dense(h, 1))
loss   (p - price)^2
setting rate = 0.02
update adam(rate)
batch  16
metric r2(p, price), mean_absolute_error(p, price)
MODEL
    program "$1"
}

# houses FIRST LAST: rows of area, rooms, year and price; the price is nearly linear in these.
houses() {
    awk -v first="$1" -v last="$2" 'BEGIN {
        print "house.0,house.1,house.2,price"
        for (i = first; i <= last; i++) {
            area = 60 + i * 37 % 140; rooms = 2 + i * 5 % 7; year = 1930 + i * 11 % 83
            print area "," rooms "," year "," 900 * area + 12000 * rooms + 650 * (year - 1930) + 4000 * ((i * 7 % 5) - 2)
        }
    }'
}

# expect WHAT CONDITION, of awk
expect() {
    awk "BEGIN { exit !($2) }" || fail "$1: not $2"
}

# figure NAME: the last number behind that word in ./out.
figure() {
    sed -n "s/.*$1  *\([-+.0-9e]*\).*/\1/p" out | tail -n 1
}

houses 1 90 >train.csv
houses 91 130 >test.csv

network plain ""
runs 0 plain train --data train.csv --epochs 40 --seed 1 --quiet
expect "r2 of the target as it is" "$(figure r2) < 0"
if grep -q scaled err; then fail "plain: $(cat err)"; fi

has plain.h "int plain_fit(plain *net, size_t n, const float *house);"

network scaled standard
has scaled.h "int scaled_fit(scaled *net, size_t n, const float *house, const float *price);"
has scaled.h "Outputs in the units of scaled targets: p of price."
has scaled.h "The cost is of scaled targets, which are passed as the data have them: price."
has scaled.c "Scaled targets, whose range fit takes: price."
has scaled.c "Outputs in the units of these: p of price."
runs 0 scaled train --data train.csv --test test.csv --epochs 40 --seed 1 --save weights --report
has err "the loss is of the scaled price; outputs and metrics are in the units of the data"
expect r2 "$(figure r2) > 0.97"
expect error "$(figure mean_absolute_error) > 3000 && $(figure mean_absolute_error) < 8000"
grep -q "^loss  *0\.0[0-9]* (of the scaled price)$" out || fail "the report does not say whose loss it is: $(cat out)"

# What the report says of the test data, and the error of the predictions as a program sees it that reads weights and data.
error=$(figure mean_absolute_error)
runs 0 scaled test --data test.csv --weights weights
grep -q "^loss 0\.0[0-9]* (of the scaled price)$" out || fail "test does not say whose loss it is: $(cat out)"
expect "error of test" "$(figure mean_absolute_error) == $error"
runs 0 scaled predict --data test.csv --weights weights
paste -d, test.csv out | awk -F, -v error="$error" '
    NR == 1 && $5 != "p" { exit 1 }
    NR > 1 { sum += $5 > $4 ? $5 - $4 : $4 - $5; rows++ }
    END { exit !(rows == 40 && sum / rows < error * 1.0001 && sum / rows > error * 0.9999) }' || fail "predictions: $(cat out)"

# The range is the training set's, kept with the weights, whatever data come later.
runs 0 scaled train --data test.csv --load weights --epochs 1 --quiet --save later
grep -aq '"price.low"' weights || fail "the weights have no price.low"
runs 0 scaled predict --data test.csv --weights later
expect "a prediction" "$(sed -n 2p out) > 50000"
runs 0 scaled info
grep -q "^target   price scaled$" out || fail "info: $(cat out)"
grep -q "^scaling  price.scale$" out || fail "info: $(cat out)"
runs 0 scaled check --data train.csv --weights weights
runs 0 scaled sweep rate 0.001,0.02 --data train.csv --epochs 2
has out "least loss (of the scaled price): rate 0.02"

# A number that has no range.
sed '3s/,[^,]*$/,inf/' train.csv >broken.csv
runs 1 scaled train --data broken.csv --epochs 1
has err "broken.csv:3: error: "
