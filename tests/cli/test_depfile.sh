# Depfiles, in gcc's spelling, and what make does with them.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

nngen 0 model.def -o net.c -MD
stays net.d "net.c net.h: model.def"
nngen 0 -MD -MFother.d -MP model.def -o net.c
stays other.d "net.c net.h: model.def
model.def:"
nngen 0 model.def -o net.c -MD -MF other.d -MT one -MTtwo
stays other.d "one two: model.def"
nngen 0 model.def -o - -MD -MF other.d -MT 'stamp$x'
stays other.d 'stamp$x: model.def'
has out small_train_step
nngen 0 model.def --dump=check -o text -MD
stays text.d "text: model.def"
"$NNGEN_TOOL" - -o net.c -MD -MP <model.def
stays net.d "net.c net.h:"
rm -f text text.d other.d

# One of the files that are written all or none.
echo old >net.c
nngen 3 model.def -o net.c -MD -MF none/net.d
says "nngen: error: cannot write 'none/net.d': No such file or directory"
stays net.c old
rm net.c net.h net.d

# Hard names go through make.
hard='a b#c$d.def'
cp model.def "$hard"
nngen 0 "$hard" -o net.c -MD -MP
stays net.d 'net.c net.h: a\ b\#c$$d.def
a\ b\#c$$d.def:'

# What no escaping keeps make from misreading is refused: it would be a rule or a recipe of its own.
rm -f net.d
cp model.def 'a;touch stolen.def'
nngen 2 'a;touch stolen.def' -o net.c -MD
says "nngen: error: a depfile cannot name 'a;touch stolen.def': make would misread its ';'"
cp model.def "a
b.def"
nngen 2 "a
b.def" -o net.c -MD
says "nngen: error: a depfile cannot name 'a\x0ab.def': make would misread its '\x0a'"
nngen 2 model.def -o 'net%.c' -MD -MF net.d
says "nngen: error: a depfile cannot name 'net%.c': make would misread its '%'
hint: -MT gives the depfile another target"
[ ! -f net.d ] && [ ! -f 'net%.c' ] || fail "a refused name has a file"
nngen 0 model.def -o 'net%.c' -MD -MF net.d -MT stamp
stays net.d "stamp: model.def"
nngen 2 model.def -o net.c -MD -MT "one
two: three"
says "nngen: error: -MT has a line break in 'one\x0atwo: three'"
rm 'net%.c' 'net%.h' 'a;touch stolen.def' "a
b.def"
nngen 0 "$hard" -o net.c -MD -MP

command -v make >/dev/null || exit 0
cat >Makefile <<MAKE
net.c:
	@echo run >>runs
	@'$NNGEN_TOOL' 'a b#c\$\$d.def' -o net.c -MD -MP
	@touch net.c
-include net.d
MAKE
make -s
[ ! -f runs ] || fail "make ran nngen though nothing changed"
touch -d 2001-01-01 net.c net.h
make -s
[ -f runs ] || fail "make did not see that the model changed"

# Each character within, before and behind a name: refused, or read by make as what it is. Of * ? [ that holds where no
# other file fits the pattern that make sees.
mkdir each
cd each
code=1
while [ $code -lt 127 ]; do
    mark=$(printf "\\$(printf %o $code).")
    mark=${mark%.}
    code=$((code + 1))
    case $mark in
    [A-Za-z0-9/]) continue ;;
    esac
    for name in "${mark}a\\${mark}b" "a${mark}b${mark}"; do
        cp ../model.def "./$name"
        if "$NNGEN_TOOL" --dump=parse -o net.c -MD -MF dep -- "$name" >/dev/null 2>&1; then
            make -pnrR -f dep 2>/dev/null | grep -qxF "net.c: $name" || fail "make misreads '$name': $(cat dep)"
        fi
        rm -f "./$name"
    done
    if "$NNGEN_TOOL" --dump=parse "-oa${mark}b.c" -MD -MF dep ../model.def >/dev/null 2>&1; then
        make -pnrR -f dep 2>/dev/null | grep -qxF "a${mark}b.c: ../model.def" || fail "make misreads: $(cat dep)"
        rm -f "./a${mark}b.c"
    fi
done
