# C for c99 is compiled by mingw-w64, and its header there also as C++17: one model, and in the long run all of them.
set -eu
compiler=x86_64-w64-mingw32-gcc
command -v $compiler >/dev/null || {
    echo "skipped: no $compiler"
    exit 77
}
work=$(mktemp -d "$NNGEN_SCRATCH/mingw.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

models=$NNGEN_SOURCE/models/digits/digits.def
[ "${NNGEN_LONG:-}" != 1 ] || models=$(find "$NNGEN_SOURCE/models" -name '*.def')
flags="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I$NNGEN_SOURCE/runtime"
for model in $models; do
    name=$(basename "$model" .def)
    "$NNGEN_TOOL" "$model" --target=c99 -o "$name.c"
    for standard in c99 c11; do
        # shellcheck disable=SC2086  # flags are words
        $compiler -std=$standard -O1 $flags -c "$name.c" -o "$name.o"
    done
    printf '#include "%s.h"\nstatic_assert(sizeof(%s_network) > 0, "");\n' "$name" "$name" >user.cc
    if command -v x86_64-w64-mingw32-g++ >/dev/null; then
        # shellcheck disable=SC2086
        x86_64-w64-mingw32-g++ -std=c++17 $flags -fsyntax-only user.cc
    else
        echo "skipped: no x86_64-w64-mingw32-g++, so no header as C++"
    fi
done
