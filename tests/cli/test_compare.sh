# tests/compare.sh: it sees a change of each thing that a run of nngen leaves, and no change where there is none.
set -eu
work=$(mktemp -d "$NNGEN_SCRATCH/compare.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*: $(cat said)" >&2
    exit 1
}

# compare CODE LAST-LINE ARGUMENT...: compare.sh exits with CODE, and this is the last thing it says.
compare() {
    wanted=$1
    last=$2
    shift 2
    code=0
    sh "$NNGEN_SOURCE/tests/compare.sh" "$@" >said 2>&1 || code=$?
    [ "$code" = "$wanted" ] || fail "compare.sh $*: exit code $code"
    [ "$(tail -n 1 said)" = "$last" ] || fail "compare.sh $*"
}

# other LINE: the program ./other is nngen, but after it runs LINE of a shell script, where $code is its exit code.
other() {
    printf '%s\n' '#!/bin/sh' 'code=0' "\"$NNGEN_TOOL\" \"\$@\" || code=\$?" "$1" 'exit $code' >other
    chmod +x other
}

few='^(models/(xor|linear)/c99|wrong/[a-z]*/applied_twice|words/choice|show/relu|depfile/named):'
compare 0 "6 outputs, 0 differ" --only "$few" --programs "$NNGEN_TOOL" "$NNGEN_TOOL"
changes=0
for change in '3:[ ! -f net.c ] || echo >>net.c' '3:[ ! -f net.h ] || echo >>net.h' '1:[ ! -f net.dep ] || echo >>net.dep' \
    '2:[ $code != 1 ] || code=4; [ $code != 2 ] || code=3' '1:[ $code != 1 ] || echo note: >&2' '2:[ -f net.c ] || rm -f model.def' \
    '1:[ "$1" != --show=relu ] || echo'; do
    other "${change#*:}"
    compare 1 "6 outputs, ${change%%:*} differ" --only "$few" --programs "$NNGEN_TOOL" "$PWD/other"
    grep -q '^differs: ' said || fail "no difference is shown"
    changes=$((changes + 1))
done
[ $changes = 7 ] || fail "only $changes changes were made"

compare 2 "error: no command line matches 'nothing at all'" --only 'nothing at all' --programs "$NNGEN_TOOL" "$NNGEN_TOOL"
compare 2 "error: no program 'absent'" --programs absent "$NNGEN_TOOL"
compare 2 "error: no commit 'no such commit'" 'no such commit' HEAD
compare 2 "       sh tests/compare.sh [--only PATTERN] --programs NNGEN NNGEN" --programs "$NNGEN_TOOL"
