# The recipes for make and Meson that are installed with nngen build a program, and a second run after `touch` does nothing; a
# changed model, a deleted file and another nngen are noticed. Meson where it is, in the long run.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

cmake --install "$NNGEN_BUILD" --prefix "$work/installed" >log 2>&1 || fail "$(cat log)"
cp "$NNGEN_TOOL" installed/bin/nngen # not as it was at the last link, stripped or moved
PATH=$work/installed/bin:$PATH
PKG_CONFIG_PATH=$(dirname "$(find installed -name nngen.pc)")
PKG_CONFIG_PATH=$work/$PKG_CONFIG_PATH
export PATH PKG_CONFIG_PATH
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config" && exit 77; }

# project RECIPE: in a folder of its own
project() {
    mkdir "$1.project"
    cp "installed/share/doc/nngen/examples/$1" "$1.project/"
    sed 's/^network small/network digits/' model.def | grep -v tanh | sed 's/dense(h/dense(x/' >"$1.project/digits.def"
    cat >"$1.project/app.c" <<'MAIN'
#include "digits.h"

static digits net;
static digits_predict_work work;

int main(void) {
    const float x[3] = {1, 2, 3};
    float p[2];
    digits_init(&net, 1);
    digits_predict(&net, &work, x, p);
    return p[0] != p[0];
}
MAIN
}

# Time stamps have to differ from what was built just now.
later() {
    sleep 1.1
}

project Makefile
cd Makefile.project
makes() {
    make "CC=$NNGEN_CC" CFLAGS=-O0 >../log 2>&1 || fail "make: $(cat ../log)"
}
# idle WHAT
idle() {
    makes
    grep -q "'app' is up to date" ../log || fail "make, $1: $(cat ../log)"
}
makes
./app || fail "make: the program fails"
idle "nothing changed"
later
touch digits.def
makes
has ../log " -o digits.c digits.def"
! grep -q digits.o ../log || fail "make: the same C was compiled again"
idle "after the touch"
later
sed -i 's/sgd(lr = 0.1)/sgd(lr = 0.2)/' digits.def
makes
has ../log "digits.o digits.c"
idle "after the change"
rm digits.h
makes
[ -f digits.h ] || fail "make: a deleted header stays away"
idle "after the deletion"
later
touch ../installed/bin/nngen
makes
has ../log " -o digits.c"
idle "after another nngen"
makes
make clean >/dev/null
[ "$(ls | tr '\n' ' ')" = "Makefile app.c digits.def " ] || fail "make clean leaves $(ls)"
cd ..

[ "${NNGEN_LONG:-}" = 1 ] || exit 0
command -v meson >/dev/null && command -v ninja >/dev/null || {
    echo "skipped: no Meson, or no ninja"
    exit 0
}
project meson.build
CC=$NNGEN_CC meson setup built meson.build.project >log 2>&1 || fail "$(cat log)"
ninjas() {
    ninja -C built >log 2>&1 || fail "ninja: $(cat log)"
}
ninjas
./built/app || fail "Meson: the program fails"
ninjas
has log "no work to do"
later
touch meson.build.project/digits.def
ninjas
has log "Generating digits"
! grep -q Compiling log || fail "Meson: the same C was compiled again"
ninjas
has log "no work to do"
later
sed -i 's/sgd(lr = 0.1)/sgd(lr = 0.2)/' meson.build.project/digits.def
ninjas
has log Compiling
ninjas
has log "no work to do"
