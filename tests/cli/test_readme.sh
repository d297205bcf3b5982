# What the README shows is so: its model compiles, the C that it quotes comes out of it, its program builds against the header, its
# steps lead from a clone to predictions.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

readme=$NNGEN_SOURCE/README.md

# part KIND NUMBER: the lines of the NUMBERth code block that is marked as KIND.
part() {
    awk -v kind="$1" -v number="$2" '
        index($0, "<!-- checked by tests/cli/test_readme.sh: " kind " -->") { seen++; wanted = seen == number; next }
        wanted && /^```/ { if (inside) exit; inside = 1; next }
        wanted && inside { print }' "$readme"
}

part model 1 >digits.def
[ -s digits.def ]
nngen 0 digits.def --target=generic -o digits.c
for number in 1 2; do
    part excerpt $number >excerpt
    [ -s excerpt ]
    awk 'NR == FNR { wanted[++count] = $0; next }
         $0 == wanted[at + 1] { at++; if (at == count) { found = 1; exit } ; next } { at = $0 == wanted[1] ? 1 : 0 }
         END { exit !found }' excerpt digits.c || { echo "the README quotes C that does not come out: part $number"; exit 1; }
done

part program 1 >program.c
[ -s program.c ]
$NNGEN_CC -std=c11 -Wall -Wextra -Werror $NNGEN_CFLAGS -c program.c -o program.o
$NNGEN_CC -std=c11 -O1 $NNGEN_CFLAGS -c digits.c -o digits.o

# The steps from a clone, in a folder that has what the first command leaves.
mkdir -p clone/build/quickstart
ln -s "$NNGEN_SOURCE/models" "$NNGEN_SOURCE/runtime" clone
ln -s "$NNGEN_TOOL" "$NNGEN_BUILD/libnngen.a" clone/build/quickstart
part model 1 >clone/digits.def
part steps 1 >clone/steps.sh
[ "$(wc -l <clone/steps.sh)" -gt 3 ] || fail "the README has no steps"
(cd clone && sh -e steps.sh) >out 2>err || fail "the steps of the README: $(cat err)"
awk '/^epoch 30\/30 .* test .*accuracy 0\.9[5-9]/ { found = 1 } END { exit !found }' out || fail "training says: $(cat out)"
[ "$(grep -c '^[0-9].*,' out)" = 360 ] || fail "not 360 predictions"
rm -rf digits.def digits.c digits.h excerpt program.c program.o digits.o clone out err

# A CSV of one's own: that of models/skip, with a header and labels as people have them.
mkdir -p clone/build/quickstart
ln -s "$NNGEN_SOURCE/runtime" clone
ln -s "$NNGEN_TOOL" "$NNGEN_BUILD/libnngen.a" clone/build/quickstart
sed -n '2,$p' "$NNGEN_SOURCE/models/skip.train.csv" "$NNGEN_SOURCE/models/skip.test.csv" | grep -v species | awk -F, '
    BEGIN { print "sepal_length,sepal_width,petal_length,petal_width,species"; split("setosa versicolor virginica", names, " ") }
    { print $1 "," $2 "," $3 "," $4 "," names[$5 + 1] }' >clone/iris.csv
part iris 1 >clone/iris.def
part "iris steps" 1 >clone/steps.sh
[ "$(wc -l <clone/iris.csv)" = 151 ] && [ "$(wc -l <clone/steps.sh)" -gt 5 ] || fail "no iris"
(cd clone && sh -e steps.sh) >out 2>err || fail "the steps of iris: $(cat err)"
has out "iris.train.csv  105 rows: setosa 35, versicolor 35, virginica 35"
has err "species from 'species'"
has err "setosa=0, versicolor=1, virginica=2"
awk '/^epoch 60\/60 .* test .*accuracy / { found = $NF >= 0.9 } END { exit !found }' out || fail "training says: $(cat out)"
grep -q "^ *virginica  *[01][.]" out || fail "no report of classes: $(cat out)"
[ "$(head -n 1 clone/iris.out.csv)" = "p.setosa,p.versicolor,p.virginica,species" ] || fail "predictions: $(head -n 1 clone/iris.out.csv)"
sed 's/^\([^,]*\),/1,\1,/; 1s/^1,/Id,/' clone/iris.csv >clone/id.csv
(cd clone && ! ./iris train --data id.csv) >out 2>err || fail "a column more: $(cat out)"
has err "no column 'flower.0', and 5 columns are left for the 4 of 'flower'"
has err "as in --columns flower=1:5"
rm -rf clone out err
