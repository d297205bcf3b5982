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
