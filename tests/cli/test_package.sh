# The tarball of the sources holds what belongs to them and nothing else. In the long run it builds where git does nothing, and so
# do the Debian packages, in a clean chroot where that can be made: lintian has neither errors nor warnings, they install, and a
# project finds what is in them.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

version=$(sed -n 's/^project(nngen VERSION \([0-9.]*\).*/\1/p' "$NNGEN_SOURCE/CMakeLists.txt")
name=nngen-$version
cpack --config "$NNGEN_BUILD/CPackSourceConfig.cmake" -B "$work/made" >log 2>&1 || fail "$(cat log)"
[ -f "made/$name.tar.gz" ] || fail "no $name.tar.gz: $(cat log)"
tar -tzf "made/$name.tar.gz" | sed "s|^$name/||" | grep -v '/$' | sort >found
for file in CMakeLists.txt LICENSE README.md gen/cli.c runtime/nn.h templates/net.c models/digits/digits.def tests/run.sh; do
    grep -qx "$file" found || fail "$name.tar.gz lacks $file"
done
! grep -E '(^|/)(build|\.git)/|\.o$' found || fail "$name.tar.gz has what is built, or git's"
head -n 1 "$NNGEN_SOURCE/gen/install/changelog" | grep -q "^nngen ($version) " || fail "the changelog is not of $version"

[ "${NNGEN_LONG:-}" = 1 ] || exit 0

# Without git: one that fails takes its place.
mkdir bin
printf '#!/bin/sh\necho git >>"%s/git.used"\nexit 1\n' "$work" >bin/git
chmod +x bin/git
tar -xzf "made/$name.tar.gz"
PATH=$work/bin:$PATH cmake -S "$name" -B tarball -DCMAKE_C_COMPILER="$NNGEN_CC" -DNNGEN_TESTS=OFF >log 2>&1 || fail "$(cat log)"
PATH=$work/bin:$PATH cmake --build tarball --parallel 2 >log 2>&1 || fail "$(cat log)"
[ ! -f git.used ] || fail "the build asks git"
[ "$(tarball/nngen --version | head -n 1)" = "nngen $version" ] || fail "another version"

# A chroot, as root, with the tools that make one and packages within reach.
without() {
    echo "skipped: no chroot for Debian packages: $1"
    exit 0
}
[ "$(id -u)" = 0 ] || without "not root"
root=$work/chroot
packages=cmake,make,gcc,libc6-dev,libjansson-dev,zlib1g-dev,pkg-config,dpkg-dev,file,lintian,man-db
if command -v mmdebstrap >/dev/null; then
    mmdebstrap --variant=apt --include=$packages bookworm "$root" >log 2>&1 || without "mmdebstrap: $(tail -n 1 log)"
elif command -v debootstrap >/dev/null; then
    debootstrap --variant=minbase bookworm "$root" >log 2>&1 || without "debootstrap: $(tail -n 1 log)"
    chroot "$root" apt-get install -y --no-install-recommends $(echo $packages | tr ',' ' ') >log 2>&1 || without "$(tail -n 1 log)"
else
    without "neither mmdebstrap nor debootstrap"
fi
cp "made/$name.tar.gz" "$root/tmp/"
cp "$NNGEN_SOURCE/models/xor.def" "$root/tmp/"
cat >"$root/tmp/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.20)
project(outside LANGUAGES C)
find_package(nngen 0.2 REQUIRED)
add_executable(app)
target_compile_definitions(app PRIVATE NN_MAIN)
nngen_add_network(app xor.def)
target_link_libraries(app PRIVATE nngen::host)
CMAKE
cat >"$root/tmp/steps" <<STEPS
set -e
cd /tmp
tar -xzf $name.tar.gz
cmake -S $name -B package -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_BUILD_TYPE=Release -DNNGEN_TESTS=OFF
cmake --build package --parallel 2
cd package
cpack -G DEB
lintian --allow-root --fail-on error,warning nngen_*.deb libnngen-dev_*.deb
apt-get install -y --no-install-recommends ./nngen_*.deb ./libnngen-dev_*.deb
cd /
rm -r /tmp/package /tmp/$name
nngen --version | grep -qx 'nngen $version'
man -w nngen.1 nngen.5 nngen-net.1
cmake -S /tmp -B /tmp/app
cmake --build /tmp/app
/tmp/app/app info | grep xor
nngen /tmp/xor.def -o /tmp/xor.c
cc -DNN_MAIN \$(pkg-config --cflags nngen) /tmp/xor.c \$(pkg-config --libs nngen) -o /tmp/xor
/tmp/xor info | grep xor
cp /usr/share/doc/nngen/examples/Makefile /tmp/
apt-get purge -y nngen libnngen-dev
! ls -d /usr/include/nngen /usr/lib/*/cmake/nngen /usr/share/doc/nngen 2>/dev/null
STEPS
chroot "$root" sh /tmp/steps >log 2>&1 || fail "in the chroot: $(tail -n 30 log)"
! grep -E '^[EW]: .*nngen' log || fail "lintian"
