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
