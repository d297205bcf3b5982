# --list and --show: every definition of the prelude, by family, with its comment and text.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

prelude=$NNGEN_SOURCE/gen/prelude
page=$NNGEN_BUILD/gen/install/made/nngen.5
kinds='def\|block\|optimizer\|initializer\|regularizer\|metric'

# Every family is a file; all of them one after the other are what --list prints.
first=true
for file in "$prelude"/*.def; do
    family=$(basename "$file" .def)
    nngen 0 --list "$family"
    [ "$(head -n 1 out)" = "$family" ] || fail "--list $family begins with $(head -n 1 out)"
    $first || echo >>all
    first=false
    cat out >>all
    cp out listed
    nngen 0 --list="$family"
    cmp -s out listed || fail "--list=$family is not --list $family"

    # Head and comment of each definition, and its text.
    sed -n "s/^\($kinds\) \([A-Za-z0-9_]*\)(.*/\2/p" "$file" >names
    [ -s names ] || fail "$file has no definition"
    [ "$(grep -c "^  \($kinds\) " listed)" = "$(grep -vc ^_ names)" ] || fail "--list $family misses one"
    awk -v family=".B $family" 'named { print " " $0 " "; exit } $0 == family { named = 1 }' "$page" >row
    [ -s row ] || fail "nngen(5) has no $family"
    while read -r name; do
        case $name in
        _*) # the prelude's own, shown to who asks for it
            nngen 0 --show "$name"
            has out "$name("
            continue ;;
        esac
        grep -q "^  \($kinds\) $name(.*)$" listed || fail "--list $family has no $name"
        grep -q " $name[,.]" row || fail "nngen(5) does not name $name among the $family"
        nngen 0 --show "$name"
        [ -s out ] || fail "--show $name prints nothing"
        awk -v lines="$(wc -l <out)" 'NR == FNR { wanted[FNR] = $0; next }
             { for (at = lines; at > 1; at--) last[at] = last[at - 1]; last[1] = $0
               for (at = 1; at <= lines && last[at] == wanted[lines + 1 - at]; at++) ;
               if (at > lines) found = 1 }
             END { exit !found }' out "$file" || fail "--show $name is not in $file: $(cat out)"
        grep "^# " out | sed 's/^# //' | while IFS= read -r comment; do
            grep -qF "      $comment" listed || fail "--list $family has no '$comment'"
        done
    done <names
done

# The words of the language, which are no definitions.
nngen 0 --list words
(echo && cat out) >>all
cp out listed
sed -n '/^\.B words$/,/^\.SH/p' "$page" >row
for name in minmax standard onehot pairs; do
    grep -q "^  \(input\|target\) .* $name$" listed || fail "--list words has no $name"
    grep -qw "$name" row || fail "nngen(5) does not name $name among the words"
    nngen 0 --show $name
    tail -n 1 out | grep -q "^\(input\|target\) .* $name$" || fail "--show $name: $(cat out)"
    sed '$d; s/^# //' out | while IFS= read -r comment; do
        grep -qF "      $comment" listed || fail "--list words has no '$comment'"
    done
done
nngen 0 --list
cmp -s out all || fail "--list is not its families: $(diff out all)"
rm all listed names row

# The text of one, to the byte.
nngen 0 --show sgd
cat >wanted <<'TEXT'
# weight -= lr grad. Robbins and Monro 1951; PyTorch's SGD.
optimizer sgd(lr = 1e-3) {
    require lr >= 0
    weight = weight - lr * grad
}
TEXT
cmp -s out wanted || fail "--show sgd: $(cat out)"
rm wanted
nngen 0 --show sigmoid
[ "$(tail -n 1 out)" = "def sigmoid(z) = 1 / (1 + exp(-z))" ] || fail "--show sigmoid: $(cat out)"

nngen 2 --show sigmiod
says "nngen: error: the prelude has no definition 'sigmiod'
hint: did you mean 'sigmoid'?"
nngen 2 --show frobnicate
says "nngen: error: the prelude has no definition 'frobnicate'"
nngen 2 --show minmix
says "nngen: error: the prelude has no definition 'minmix'
hint: did you mean 'minmax'?"
nngen 2 --show matmul
says "nngen: error: the prelude has no definition 'matmul'
hint: 'matmul' is a function of the language itself"
nngen 2 --show BCELoss
says "nngen: error: the prelude has no definition 'BCELoss'
hint: write binary_cross_entropy(p, y) with p = sigmoid(..)"
nngen 2 --show LeakyReLU
says "nngen: error: the prelude has no definition 'LeakyReLU'
hint: did you mean 'leaky_relu'?"
nngen 2 --show ''
says "nngen: error: the prelude has no definition ''"
nngen 2 --show
says "nngen: error: --show needs an argument"
nngen 2 --show sgd model.def
says "nngen: error: 'model.def' has nothing to do with --show"
nngen 2 --list loses
says "nngen: error: the prelude has no family 'loses'
hint: did you mean 'losses'?"
nngen 2 --list quite_other
has err "nngen: error: the prelude has no family 'quite_other'"
has err "hint: the families are activations, "
nngen 2 --list=losses metrics
says "nngen: error: 'metrics' has nothing to do with --list"
nngen 2 --list losses metrics
says "nngen: error: more than one family: 'losses' and 'metrics'"
lists
if [ -e /dev/full ]; then
    "$NNGEN_TOOL" --list >/dev/full 2>err && fail "a full standard output goes unseen"
    has err "cannot write 'standard output'"
fi
