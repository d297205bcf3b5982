# tests/bench/against.sh: what it draws, how it judges what it has measured, and a run of it over three nets.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"
bench=$NNGEN_SOURCE/tests/bench

# The thirty networks are the same at every run and for every awk, nngen takes them, and each item of the lists is in one of them.
mkdir drawn
awk -v count=30 -v folder=drawn -f "$bench/draw.awk"
[ "$(ls drawn | wc -l)" = 30 ] || fail "draws $(ls drawn | wc -l)"
[ "$(cat drawn/*.def | cksum)" = "1151500355 7126" ] || fail "draws others than before: $(cat drawn/*.def | cksum)"
for model in drawn/*.def; do
    nngen 0 --dump=check "$model"
done
words=$(awk '/lists\["/, !/\\$/' "$bench/draw.awk" | sed 's/^.*= //' | tr -c 'a-z_\n' '\n' | grep '[a-z]' | sort -u)
[ "$(echo "$words" | wc -l)" -gt 35 ] || fail "the lists are not found: $words"
for word in $words; do
    [ "$word" = identity ] || [ "$word" = e ] || grep -qw "$word" drawn/*.def || fail "no net has $word"
done
[ -z "$(sed -n 's/^batch *//p' drawn/*.def | awk '$1 > 150 || $1 % 4 == 0')" ] || fail "a batch is above 150 or a multiple of 4"

# again LINE...: what is measured again for gcc and c99, given these rows.
again() {
    printf '%s\n' "$@" | awk -v list="gcc c99" -f "$bench/against.awk" | tr '\n' ';'
}

# tables CODE LINE...: the tables are in ./out.
tables() {
    wanted=$1
    shift
    code=0
    printf '%s\n' "$@" | awk -f "$bench/against.awk" >out || code=$?
    [ "$code" = "$wanted" ] || fail "against.awk exits with $code: $(cat out)"
}

# A ratio below 0.95 is measured again and counts as it is then; all are where their mean is below 0.99.
low="time gcc c99 one train 94 100 0.94 31"
high="time gcc c99 one one 2.2 2 1.1 31"
[ "$(again "$low" "$high")" = "one train;" ] || fail "a low ratio is not measured again"
[ "$(again "$low" "$high" "time gcc c99 one train 96 100 0.96 93")" = "" ] || fail "a ratio is measured a third time"
[ "$(again "$low" "time gcc c99 two batch 5 5 1 31")" = "one train;two batch;" ] || fail "a low mean is not measured again"
[ "$(again "$low" "time gcc generic two batch 5 5 1 31" "$high")" = "one train;" ] || fail "another target is measured again"
rest="size - c99 one 10 200 11 190
nngen - c99 one 8 9 0.889
compile gcc c99 one 500 510 0.98"
tables 0 "$low" "$high" "time gcc c99 one train 97 100 0.97 93" "$rest"
grep -qE '^one +97.0 +100 +0.970\* +2.20 +2.00 +1.100 +- +- +- *$' out || fail "the table of times is $(cat out)"
grep -qE '^one +10 +11 +200 +190 +8.0 +9.0 +500 +510 +1.020$' out || fail "the table of emitted C is $(cat out)"
grep -qE '^gcc c99: old : new in the geometric mean of 2: 1.033, at least 0.99 +holds$' out || fail "the mean is $(cat out)"
grep -qE '^gcc c99: the least: 0.970 \(one, training step\), at least 0.95 +holds$' out || fail "the least is $(cat out)"
grep -qE '^gcc: time to compile, new : old in the geometric mean: 1.020, at most 1.03 +holds$' out || fail "$(cat out)"
grep -qE '^nngen: the longest: 9.0 ms \(one for c99\), below 50 +holds$' out || fail "the longest is $(cat out)"
[ "$(tail -n 1 out)" = "all marks hold" ] || fail "$(cat out)"
tables 1 "$low" "time gcc c99 one one 2 2 1 31" "compile gcc c99 one 500 520 0.96" "nngen - c99 one 8 50 0.16"
[ "$(grep -c ' DOES NOT HOLD$' out)" = 4 ] || fail "not all marks are seen to be missed: $(cat out)"
[ "$(tail -n 1 out)" = "marks that do not hold: 4" ] || fail "$(cat out)"

# against CODE ARGUMENT...: what it says is in ./out and ./err.
against() {
    wanted=$1
    shift
    code=0
    TMPDIR=$work sh "$bench/against.sh" "$@" >out 2>err || code=$?
    [ "$code" = "$wanted" ] || fail "against.sh $*: exit code $code: $(cat out err)"
}

# A compiler that takes less time, and one that takes none.
printf '#!/bin/sh\nexec "%s" "$@" -O0\n' "$NNGEN_CC" >quick
printf '#!/bin/sh\necho none, version 1\n' >none
chmod +x quick none
export NETS="2-4-2 d20 d25" TARGETS=c99 ROUNDS=1 CC="$work/quick" COMPILE_CC="$work/none"

# An old program whose loops are not unrolled, which makes another net of one and refuses one.
cat >other <<OTHER
#!/bin/sh
for model; do :; done
case \$model in *d25*) echo "error: too new" >&2; exit 1 ;; esac
sed 's/_of_logits(p, y)/_of_logits(p, y, smoothing = 0.5)/' "\$model" >"$work/other.def"
n=\$#
for word; do
    shift
    [ "\$word" != "\$model" ] || word=$work/other.def
    set -- "\$@" "\$word"
done
exec "$NNGEN_TOOL" --unroll=none "\$@"
OTHER
chmod +x other
against 1 --programs ./other "$NNGEN_TOOL"
[ "$(head -n 1 out)" = "command: NETS=\"2-4-2 d20 d25\" TARGETS=\"c99\" ROUNDS=\"1\" CC=\"$work/quick\" COMPILE_CC=\"$work/none\" \
sh tests/bench/against.sh --programs ./other $NNGEN_TOOL" ] || fail "the command is $(head -n 1 out)"
for line in "CPU: " "compiler: $("$NNGEN_CC" --version | head -n 1), -O3" "compiler: none, version 1, -O3" "old: ./other" "new: $NNGEN_TOOL"; do
    has out "$line"
done
awk '/^2-4-2 / { rows++; if (rows == 1 && !($10 > 1)) exit 1 } END { exit rows != 2 }' out || fail "slower C is not slower: $(cat out)"
grep -q 'error: d20_.*: new and old differ by' err || fail "another net is measured: $(cat out err)"
has err 'error: the old nngen does not take d25-90-22: error: too new'
grep -qE '^not measured: 2, .* DOES NOT HOLD$' out || fail "what is not measured is not told: $(cat out)"
[ -z "$(ls -d tmp.* 2>/dev/null)" ] || fail "leaves its folder"

# refuses MESSAGE ARGUMENT...
refuses() {
    message=$1
    shift
    against 2 "$@"
    [ "$(tail -n 1 err)" = "$message" ] || fail "against.sh $* says $(cat err)"
}
refuses "error: no commit 'no such commit'" 'no such commit'
refuses "error: no program 'absent'" --programs "$NNGEN_TOOL" absent
refuses "       sh tests/bench/against.sh --programs NNGEN NNGEN" --programs "$NNGEN_TOOL"
ROUNDS=34 refuses "error: ROUNDS is not 1 to 33" HEAD

# versions.sh: one file for any processor against those for one; in the long run, sizes and times. How they turn out here is not the
# test's business.
code=0
sh "$bench/versions.sh" absent >out 2>err || code=$?
[ $code = 2 ] || fail "versions.sh: exit code $code without a program"
says "error: no program 'absent'"
[ "${NNGEN_LONG:-0}" = 1 ] || exit 0
code=0
CC=$NNGEN_CC NETS=2-4-2 VERSIONS=generic ROUNDS=1 TMPDIR=$work sh "$bench/versions.sh" "$NNGEN_TOOL" >out 2>err || code=$?
[ $code -lt 2 ] || fail "versions.sh: exit code $code: $(cat out err)"
[ "$(grep -c '^2-4-2 ' out)" = 2 ] || fail "versions.sh tells $(cat out err)"
