#!/bin/sh
# compare.sh [--only PATTERN] COMMIT COMMIT: whether nngen of two commits writes the same, byte by byte.
# compare.sh [--only PATTERN] --programs NNGEN NNGEN: whether two programs do.
#
# Runs both over a thousand command lines: C and header of every model under models/ and tests/ for every target, with precisions,
# unroll modes and --exact in turn, so that some model meets every combination of target, precision and unroll mode; every third
# stage's --dump of each model, all stages in turn; models of tests/golden; wrong models of tests/errors; depfiles, --list, --show,
# and wrong command lines. Models are those of the second commit, or of the files here where programs are given. An output is all
# that one run leaves: files, standard output, messages and exit code. PATTERN, an extended regular expression, chooses among
# `NAME: ARGUMENTS`, such as '^wrong/', '^models/' or 'c99 --precision=double'.
#
# Prints the first differences and at last `N outputs, M differ`. Exit code 0 if none differs, 1 if any does, 2 if nothing could be
# compared. Works in a folder of its own below $TMPDIR, which it removes.
set -eu

usage() {
    echo "usage: sh tests/compare.sh [--only PATTERN] COMMIT COMMIT" >&2
    echo "       sh tests/compare.sh [--only PATTERN] --programs NNGEN NNGEN" >&2
    exit 2
}

only=.
[ "${1:-}" != --only ] || { [ $# -ge 2 ] || usage; only=$2; shift 2; }
programs=
[ "${1:-}" != --programs ] || { programs=yes; shift; }
[ $# = 2 ] || usage

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/building.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM HUP

two_nngens "$work/nngens" "$programs" "$top" "$1" "$2" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS=-O1
tree=$work/nngens/b/tree

# The models: NAME, FILE. A .txt shows a model and below a line of = what is expected of it.
(
    cd "$tree"
    find models tests -name '*.def'
    grep -l '^=====*$' -r --include='*.txt' tests/golden tests/errors
) | LC_ALL=C sort | sed -E 's,^((.*)\.[a-z]*)$,\2\t\1,; s,^tests/errors/,wrong/,; s,^tests/,,' >"$work/models"

# The command lines: NAME, FILE of the model or -, ARGUMENTS, between tabs. A run finds its model as model.def.
{
    awk -F '\t' -v targets="c99 generic x86-64-v3 x86-64-v4 aarch64" -v stages="parse check grad update fold fuse layout schedule place emit" '
        function line(name, arguments) { printf "%s\t%s\t%s model.def\n", name, $2, arguments }
        BEGIN {
            target_count = split(targets, target, " ")
            stage_count = split(stages, stage, " ")
            split("auto full tile none", unroll, " ")
            split("float double", precision, " ")
        }
        /^wrong\// { line($1, "-o net.c"); next }
        /^golden\// && !/^golden\/emit\// { # its stage or C, for one target
            split($1, part, "/")
            i = goldens++
            line($1, (i % 2 ? "--dump=" part[2] : "-o net.c") " --target=" target[i % target_count + 1])
            next
        }
        {
            i = models++
            for (t = 0; t < target_count; t++)
                line($1 "/" target[t + 1],
                     "-o net.c --target=" target[t + 1] " --precision=" precision[i % 2 + 1] " --unroll=" \
                     unroll[(int(i / 2) + t) % 4 + 1] ((i + t) % 3 ? "" : " --exact"))
            for (s = i % 3; s < stage_count; s += 3)
                line($1 "/dump." stage[s + 1],
                     "--dump=" stage[s + 1] " --target=" target[(i + s) % target_count + 1] " --unroll=" \
                     unroll[(i + s) % 4 + 1] ((i + s) % 5 ? "" : " --precision=double"))
        }' "$work/models"
    sed 's/ /\t/; s/ /\t/' <<LINES
depfile/plain models/xor.def model.def -o net.c -MD
depfile/named models/xor.def model.def -o net.c -MD -MF net.dep -MT one -MT two:three -MP
depfile/printed models/xor.def model.def -o - -MD -MF net.dep -MT out
depfile/incomplete models/xor.def model.def -o - -MD
native models/xor.def model.def -o - --target=native
mutant models/xor.def model.def --dump=fold --mutant=7
words/help - --help
words/version - --version
words/option models/xor.def --taget=c99 model.def -o net.c
words/choice models/xor.def --target=x86 model.def -o net.c
words/output models/xor.def model.def
words/model - -o net.c absent.def
words/list - --list
words/list_wrong - --list=activation
words/show_wrong - --show=rleu
words/show_foreign - --show=BCELoss
LINES
    sed -nE 's/^[a-z ]*(def|optimizer|initializer|regularizer|metric) +([a-z_0-9]+).*/\2/p' "$tree"/gen/prelude/*.def |
        sed -E 's/.*/show\/&\t-\t--show=&/'
    for file in "$tree"/gen/prelude/*.def; do
        family=$(basename "$file" .def)
        printf 'list/%s\t-\t--list %s\n' "$family" "$family"
    done
} | awk -F '\t' -v only="$only" '($1 ": " $3) ~ only' >"$work/lines"
[ -s "$work/lines" ] || { echo "error: no command line matches '$only'" >&2; exit 2; }

# run SIDE: what each command line leaves, as files of the folder $work/SIDE/NAME.
run() {
    while IFS='	' read -r name file arguments; do
        mkdir -p "$work/$1/$name"
        cd "$work/$1/$name"
        [ "$file" = - ] || sed '/^=====*$/,$d' "$tree/$file" >model.def
        code=0
        # shellcheck disable=SC2086  # the arguments are words
        "$work/nngens/$1/nngen" $arguments >stdout 2>stderr || code=$?
        echo "exit code $code" >code
    done <"$work/lines"
}
run a &
first=$!
run b &
wait $first || exit 2
wait $! || exit 2

differing=0
if ! diff -r "$work/a" "$work/b" >/dev/null; then
    while IFS='	' read -r name file arguments; do
        diff -r "$work/a/$name" "$work/b/$name" >"$work/difference" && continue
        differing=$((differing + 1))
        [ $differing -gt 5 ] || {
            echo "differs: $name, of nngen $arguments"
            sed "s,$work/,,g" "$work/difference" | cut -c 1-200 | head -n 10
        }
    done <"$work/lines"
fi
echo "$(($(wc -l <"$work/lines"))) outputs, $differing differ"
[ $differing = 0 ]
