# The scripts that build nngen: they show how far the build is, tell why a test was skipped, and name a folder that they cannot
# write to. They run with a cmake that only says what it would, in a tree that has nothing to build.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

mkdir tree tree/tests tree/models bin
cp "$NNGEN_SOURCE/tests/run.sh" "$NNGEN_SOURCE/tests/building.sh" tree/tests/
cp "$NNGEN_SOURCE/models/quickstart.sh" tree/models/
: >tree/tests/packages.sh
cat >bin/cmake <<'CMAKE'
#!/bin/sh
if [ "$1" = -S ]; then
    cat >"$4/CTestTestfile.cmake" <<'TESTS'
add_test(a/fine true)
add_test(a/skipped sh -c "echo 'skipped: no \"data\" < 3 & no net'; echo more; exit 77")
add_test(b/silent sh -c "exit 77")
set_tests_properties(a/skipped b/silent PROPERTIES SKIP_RETURN_CODE 77)
TESTS
else
    for percent in 1 9 10 11 35 100; do
        printf '[%3d%%] Building\n' $percent
    done
    [ ! -f fails ] || exit 1
    for program in nngen digits; do
        printf '#!/bin/sh\n' >"$2/$program"
        chmod +x "$2/$program"
    done
fi
CMAKE
printf '#!/bin/sh\n' >bin/cc
chmod +x bin/*
PATH=$work/bin:$PATH

# script CODE NAME: what it says is in ./out and ./err.
script() {
    code=0
    sh "tree/$2" >out 2>err || code=$?
    [ "$code" = "$1" ] || fail "$2: exit $code, not $1: $(cat out err)"
}

script 0 tests/run.sh
built=$(grep '^built' out | tr '\n' ' ')
[ "$built" = "built: 10% built: 35% built: 100% built: 10% built: 35% built: 100% " ] || fail "run.sh shows '$built'"
has out 'skipped: 2'
has out '    a/skipped: no "data" < 3 & no net'
has out '    b/silent: SKIP_RETURN_CODE=77'
[ "$(grep -c '^    [ab]' out)" = 2 ] || fail "run.sh tells reasons of what was not skipped: $(cat out)"
[ "$(tail -n 1 out)" = "1 passed, 0 failed" ] || fail "run.sh counts $(tail -n 1 out)"

script 0 models/quickstart.sh
has out 'built: 35%'
: >fails
script 1 models/quickstart.sh
has out '[ 35%] Building'
rm fails

# cannot_build PLACE NAME REASON: the script ends before it does anything.
cannot_build() {
    script 3 "$2"
    [ ! -s out ] || fail "$2 goes on: $(cat out)"
    [ "$(head -n 1 err)" = "error: cannot build in '$work/tree/$1': $3" ] || fail "$2 says $(cat err)"
    has err 'hint: '
}
rm -r tree/build
: >tree/build
cannot_build build tests/run.sh 'File exists'
cannot_build build/quickstart models/quickstart.sh 'Not a directory'
rm tree/build

# The same for who has no permission, where another user can be tried.
chmod 755 . tree tree/*
if [ "$(id -u)" != 0 ] || as_nobody test -r "$work/tree/tests/run.sh" 2>/dev/null; then
    sh() { as_nobody sh "$@"; }
    chmod a-w tree
    cannot_build build tests/run.sh 'Permission denied'
    cannot_build build/quickstart models/quickstart.sh 'Permission denied'
    chmod u+w tree
    mkdir -p tree/build/quickstart
    chmod a-w tree/build tree/build/quickstart
    cannot_build build tests/run.sh 'no permission to write there'
    cannot_build build/quickstart models/quickstart.sh 'no permission to write there'
fi

# What is missing is installed by sudo: unasked where that asks nothing, with its password on a terminal, else not at all.
unset -f sh
mkdir plain
for program in id dpkg-query sudo apt-get; do
    printf '#!/bin/sh\n' >plain/$program
done
echo 'echo 1000' >>plain/id
cat >>plain/sudo <<'SUDO'
echo "$*" >>sudo.log
if [ "$1" = -n ]; then [ ! -f asks ] || exit 1; shift; fi
exec "$@"
SUDO
chmod +x plain/*
packages="PATH=$work/plain:$PATH sh $NNGEN_SOURCE/tests/packages.sh one two"
sh -c "$packages" >out 2>err </dev/null || fail "packages.sh: $(cat err)"
has out 'installing: one two'
has sudo.log '-n env DEBIAN_FRONTEND=noninteractive apt-get install'
: >asks
rm sudo.log
! sh -c "$packages" >out 2>err </dev/null || fail "packages.sh goes on without sudo"
has err 'error: as root, or with sudo, this would install: one two'
unset -f script
if command -v script >/dev/null; then
    script -qec "$packages" /dev/null >out 2>&1 </dev/null || fail "packages.sh on a terminal: $(cat out)"
    has out 'sudo, to install: one two'
    has sudo.log 'env DEBIAN_FRONTEND=noninteractive apt-get install'
fi
