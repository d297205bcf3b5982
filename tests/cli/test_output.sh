# Files: all or none, nothing touched without need, exit codes.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

# Source and header; the same again keeps the time stamps.
nngen 0 model.def -o net.c
lists net.c net.h
has net.c '#include "net.h"'
[ ! -s out ] && [ ! -s err ] || fail "something was printed"
touch -d 2001-01-01 net.c net.h
nngen 0 model.def -o net.c
[ "$(date -r net.c +%Y)$(date -r net.h +%Y)" = 20012001 ] || fail "unchanged output was written again"
echo "# a comment" >>model.def
sed -i 's/dense(x, 4)/dense(x, 5)/' model.def
nngen 0 model.def -o net.c
[ "$(date -r net.c +%Y)" != 2001 ] || fail "changed output was not written"

# Names: an ending is replaced, none is added to, folders may have dots.
mkdir a.b
nngen 0 model.def -o a.b/net
[ -f a.b/net ] && [ -f a.b/net.h ] || fail "no a.b/net.h"
has a.b/net '#include "net.h"'
rm -r a.b

# Standard input and output; the header is inside.
"$NNGEN_TOOL" - -o - <model.def >whole.c
"$NNGEN_CC" -std=c11 $NNGEN_CFLAGS -c whole.c -o whole.o || fail "the C of -o - does not compile alone"
nngen 0 model.def -o -
cmp -s out whole.c || fail "the model's path shows in the C"
rm whole.c whole.o net.c net.h
echo 'h = tanh(' | "$NNGEN_TOOL" - -o - >out 2>err && fail "a wrong model is accepted"
has err "<stdin>:1:"
[ ! -s out ] || fail "a wrong model gives output"

# No name gets into the C but as a name.
for name in 'a"b.c' 'a\b.c' 'a??-b.c' 'x"
int stolen;
#include "b.c'; do
    nngen 2 model.def -o "$name"
    grep -q "^nngen: error: #include cannot name '[^']*': C would misread its '[^']'$" err || fail "$(cat err)"
    lists
done
nngen 0 model.def -o "a'b c\$*.c"
"$NNGEN_CC" -std=c11 $NNGEN_CFLAGS -fsyntax-only "a'b c\$*.c" || fail "the C does not find its header"
rm a*

# A wrong model leaves what is there.
echo old >net.c
echo "h = tanh(" >wrong.def
nngen 1 wrong.def -o net.c
stays net.c old
lists net.c wrong.def
rm wrong.def

# Input: missing, a folder, too large.
nngen 3 none.def -o net.c
says "nngen: error: cannot read 'none.def': No such file or directory"
nngen 3 . -o net.c
says "nngen: error: cannot read '.': Is a directory"
head -c 100000000 /dev/zero | tr '\0' '#' >large.def
nngen 1 large.def -o net.c
has err "large.def:1:1: error: the file has"
has err "the file has more than 16 MB"
rm large.def
stays net.c old

# The model is never an output.
cp model.def kept
nngen 2 model.def -o model.def
says "nngen: error: the model 'model.def' and the output 'model.def' are one file"
nngen 2 model.def -o net.c -MD -MF ./model.def
says "nngen: error: the model 'model.def' and the depfile './model.def' are one file"
ln model.def model.h
nngen 2 model.def -o model.c
says "nngen: error: the model 'model.def' and its header 'model.h' are one file"
nngen 2 model.def -o net.h
says "nngen: error: the output 'net.h' and its header 'net.h' are one file"
for way in "- -o model.def" "- -o net.c -MD -MF model.def" "- -o model.c"; do
    # shellcheck disable=SC2086
    "$NNGEN_TOOL" $way <model.def >out 2>err && fail "$way < model.def is accepted"
    has err "nngen: error: the model '/dev/stdin' and "
done
"$NNGEN_TOOL" --dump=parse model.def >>model.def 2>err && fail "the model is printed to the model"
says "nngen: error: the model 'model.def' and the output '/dev/stdout' are one file"
cmp -s model.def kept || fail "the model was written over"
rm model.h kept

# Nor is one output another, there or not, by whatever path; of devices many may go to one.
mkdir folder
ln -s folder link
nngen 2 model.def -o folder/new.c -MD -MF link/./new.c
says "nngen: error: the output 'folder/new.c' and the depfile 'link/./new.c' are one file"
nngen 2 model.def -o folder/new.c -MD -MF link/new.h
says "nngen: error: its header 'folder/new.h' and the depfile 'link/new.h' are one file"
"$NNGEN_TOOL" model.def -o - -MD -MF both -MT x >both 2>err && fail "the C and its depfile are one"
says "nngen: error: the output '/dev/stdout' and the depfile 'both' are one file"
nngen 0 model.def -o /dev/null -MD -MF /dev/null -MT x
rm -r folder link both
nngen 2 model.def -o ''
says "nngen: error: -o: a file has a name"
nngen 2 model.def -o net.c -MD -MF ''
says "nngen: error: -MF: a file has a name"
nngen 2 model.def -o net.c -MD -MF -
says "nngen: error: -MF: '-' is no file; standard output is /dev/stdout"
lists net.c

# A header that somebody wrote is not replaced by one that nobody named; an empty one is.
echo "int mine;" >net.h
nngen 2 model.def -o net.c
says "nngen: error: 'net.h' is no header that nngen wrote, and would be replaced
hint: move it away, or give -o another name than 'net.c'"
stays net.h "int mine;"
stays net.c old
: >net.h
nngen 0 model.def -o net.c
sed -i 's/x\[3\]/x[5]/' model.def
nngen 0 model.def -o net.c
sed -i 's/x\[5\]/x[3]/' model.def
rm net.h
echo old >net.c

# A missing folder, a read-only file (for root, too), a folder in the header's place.
nngen 3 model.def -o none/net.c
says "nngen: error: cannot write 'none/net.c': No such file or directory"
chmod a-w net.c
nngen 3 model.def -o net.c
says "nngen: error: cannot write 'net.c': Permission denied"
stays net.c old
lists net.c
chmod u+w net.c
mkdir net.h
nngen 3 model.def -o net.c
says "nngen: error: cannot write 'net.h': Is a directory"
stays net.c old
lists net.c net.h
rmdir net.h
echo "old: generated by nngen" >net.h
chmod a-w net.h
nngen 3 model.def -o net.c
stays net.c old
rm -f net.h

# A read-only folder, for a user whom that binds; in a place that this user may enter.
outside=$(mktemp -d)
chmod 755 "$outside"
cp "$NNGEN_TOOL" model.def "$outside"
mkdir "$outside/locked"
echo old >"$outside/locked/net.c"
chmod 555 "$outside/locked"
code=0
(cd "$outside" && as_nobody ./nngen model.def -o locked/net.c) 2>err || code=$?
left=$(ls "$outside/locked")
kept=$(cat "$outside/locked/net.c")
chmod 755 "$outside/locked"
rm -r "$outside"
[ "$code" = 3 ] || fail "read-only folder: exit $code: $(cat err)"
says "nngen: error: cannot write 'locked/net.c': Permission denied"
[ "$left $kept" = "net.c old" ] || fail "read-only folder: holds $left, $kept"

# No space: standard output on a full device, and files past the limit on their size.
code=0
"$NNGEN_TOOL" model.def -o - >/dev/full 2>err || code=$?
[ "$code" = 3 ] || fail "full device: exit $code"
says "nngen: error: cannot write 'standard output': No space left on device"
code=0
"$NNGEN_TOOL" --help >/dev/full 2>err || code=$?
[ "$code" = 3 ] || fail "--help on a full device: exit $code"
code=0
(
    ulimit -f 2
    "$NNGEN_TOOL" model.def -o net.c 2>err
) || code=$?
[ "$code" = 3 ] || fail "file size limit: exit $code: $(cat err)"
says "nngen: error: cannot write 'net.c': File too large"
stays net.c old
lists net.c

# A device or a pipe is written to, not replaced, and has no header beside it.
mkfifo pipe
cat pipe >piped &
nngen 0 model.def -o pipe
wait
[ -p pipe ] || fail "the pipe was replaced"
nngen 0 model.def -o -
cmp -s piped out || fail "the pipe got something else"
lists net.c pipe piped
