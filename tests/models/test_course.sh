# models/README.md as a reader follows it: every command of its console blocks is run in a folder that has build/quickstart, models
# and runtime, writes to build/course alone, and prints what the page says, words exactly, numbers to 2 %; blocks marked `slow` in the long run alone. Lines that
# the page shows of a model stand there, and no model is left out. NNGEN_BLESS=1 rewrites what commands print, slow ones too.
set -eu
. "$NNGEN_SOURCE/tests/models/train.sh"

page=$data/README.md
target=$(sed -n 's/^cmake --build build\/quickstart --target \([a-z]*\) .*/\1/p' "$page")
cmake --build "$NNGEN_BUILD" --target help | grep -q "[ .]${target:-none}\(:.*\)*$" || fail "no target '$target' makes the models"
cd "$work"
mkdir -p build/course
ln -s "$NNGEN_BUILD" build/quickstart
ln -s "$data" models
ln -s "$NNGEN_SOURCE/runtime" runtime
bless=${NNGEN_BLESS:-}
slow=
if [ "${NNGEN_LONG:-}$bless" ] && ! is_sanitized; then slow=1; fi

# A command is a line that begins with `$ `; one that ends in `do` goes on to `done`. NUMBER.sh is a command, NUMBER.wanted what it
# prints; NUMBER.part are lines of a model, NUMBER.of its name.
awk -v slow="$slow" '
    /^```/ && inside { inside = ""; next }
    /^```console/ { inside = $2 == "slow" && !slow ? "skipped" : "console"; next }
    /^```def / { inside = "def"; parts++; print $2 >(parts ".of"); next }
    /^```/ { inside = "other"; next }
    inside == "def" { print >(parts ".part") }
    inside == "console" && /^\$ / { commands++; print substr($0, 3) >(commands ".sh"); printf "" >(commands ".wanted")
                                    is_open = / do$/; next }
    inside == "console" && is_open { print >(commands ".sh"); is_open = !/^  done$/; next }
    inside == "console" { print >(commands ".wanted") }
    END { print commands + 0, parts + 0 }' "$page" >counts
read -r commands parts <counts
expect "commands of the page" "$commands >= 25"
expect "models that the page shows" "$parts >= 15"

part=1
while [ $part -le "$parts" ]; do
    file=$(cat $part.of)
    awk 'NR == FNR { wanted[++count] = $0; next }
         { at = $0 == wanted[at + 1] ? at + 1 : $0 == wanted[1] }
         at == count { found = 1; exit }
         END { exit !found }' $part.part "$file" || fail "$file has no such lines: $(cat $part.part)"
    part=$((part + 1))
done
for model in "$data"/*.def "$data"/*/*.def; do
    grep -qF "](${model#"$data"/})" "$page" || fail "the page has no ${model#"$data"/}"
done

# What steps leave in the top folder; the test's own files begin with a number.
left() { ls | grep -v '^[0-9]'; }
before=$(left)
number=1
while [ $number -le "$commands" ]; do
    sh -eu $number.sh >$number.got 2>$number.err || fail "$(cat $number.sh $number.err)"
    ! grep -q warning $number.err || fail "$(cat $number.sh $number.err)"
    [ "$bless" ] || awk -v page=$number.wanted '
        function is_number(text) { return text ~ /^[-+]?[0-9]+\.?[0-9]*(e[-+]?[0-9]+)?$/ }
        function size(x) { return x < 0 ? -x : x }
        function differ(a, b) { return is_number(a) && is_number(b) ? size(a - b) > 0.02 * size(a) : a != b }
        BEGIN { while ((getline line <page) > 0) wanted[++count] = line }
        { is_wrong = split($0, got, /[ ,]+/) != (fields = split(wanted[NR], known, /[ ,]+/)) || NR > count
          for (i = 1; i <= fields; i++) is_wrong += differ(known[i], got[i]) }
        is_wrong { print "line " NR " is \047" $0 "\047, on the page \047" wanted[NR] "\047"; wrong = 1; exit }
        END { if (!wrong && NR < count) print "\047" wanted[NR + 1] "\047 does not come"; exit wrong || NR < count }' \
        $number.got >$number.difference || fail "$(cat $number.sh): $(cat $number.difference)"
    number=$((number + 1))
done
[ "$(left)" = "$before" ] || fail "steps leave files in the top folder: $(left)"

if [ "$bless" ]; then
    awk '
        function show(file, line) { while ((getline line <file) > 0) print line }
        /^```/ && inside { inside = ""; print; next }
        /^```/ { inside = $1; print; next }
        inside == "```console" && /^\$ / { print; is_open = / do$/; commands++; if (!is_open) show(commands ".got"); next }
        inside == "```console" && is_open { print; is_open = !/^  done$/; if (!is_open) show(commands ".got"); next }
        inside == "```console" { next }
        { print }' "$page" >page
    cat page >"$page"
fi
