# gen/README.md says what is there: the stages of --dump, the folders in the order that test_arrows.sh holds, each with the first
# sentence of its public header, every file of gen/, and of each recipe the files that its patch changes and a line of it.
# NNGEN_BLESS=1 in the environment writes these sentences anew. And each file of gen/ begins with what it is for; C with a comment that
# says what it takes (In: ..) and what it leaves (Out: ..), too.
set -eu
page=$NNGEN_SOURCE/gen/README.md
gen=$NNGEN_SOURCE/gen
recipes=$NNGEN_SOURCE/tests/structure/recipes
work=$(mktemp -d "$NNGEN_SCRATCH/page.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
: >report

# table HEAD: the rows of the table whose first column has this head
table() {
    awk -v head="| $1 |" 'index($0, head) == 1 { inside = 1; getline; next } !/^\|/ { inside = 0 } inside' "$page"
}

# same WHAT WANTED GOT
same() {
    [ "$2" = "$3" ] || printf '%s: the page has\n    %s\nnot\n    %s\n' "$1" "$3" "$2" >>report
}

stages=$(sed -n 's/.*{"--dump", "\([a-z|]*\)".*/\1/p' "$gen/options.c" | tr '|' ' ')
same "stages" "$stages" "$(table stage | sed 's/^| \([a-z]*\) .*/\1/' | tr '\n' ' ' | sed 's/ $//')"

table folder >folders
wanted=$(sed -n 's/^folders="\(.*\)"/\1/p' "$NNGEN_SOURCE/tests/structure/test_arrows.sh")
same "folders" "$wanted" "$(sed 's/^| \[\([a-z]*\)\].*/\1/' folders | tr '\n' ' ' | sed 's/ $//')"

# sentence FOLDER: what its public header begins with
sentence() {
    awk 'NF == 0 { exit } { sub(/^\/\* /, ""); sub(/^ +/, ""); sub(/ \*\/$/, ""); printf "%s%s", (NR > 1 ? " " : ""), $0 }' \
        "$gen/$1/$1.h"
}

if [ "${NNGEN_BLESS:-}" = 1 ]; then
    for folder in $wanted; do
        awk -v row="| [$folder](" -v sentence="$(sentence "$folder")" '
            index($0, row) == 1 { split($0, column, " [|] "); $0 = column[1] " | " sentence " | " column[3] }
            { print }' "$page" >blessed
        cp blessed "$page"
    done
    table folder >folders
fi

# Of each folder: the link to its public header, what that begins with, and files.
for folder in $wanted; do
    row=$(grep "^| \[$folder\]($folder/$folder.h) | " folders || true)
    same "$folder" "$(sentence "$folder")" "$(printf '%s' "$row" | awk -F ' [|] ' '{ print $2 }')"
    printf '%s\n' "$row" | awk -F ' [|] ' '{ print $3 }' | tr ' ,:' '\n\n\n' | grep -x '[a-z_0-9]*\.[a-z][a-z]*' | sort >named
    (cd "$gen/$folder" && ls) | grep -vx "$folder.h" | sort >there
    comm -3 named there | sed "s|^\t\(.*\)|$folder/\1: not on the page|; t; s|\(.*\)|$folder/\1: on the page, but not there|" >>report
done

# The stages of the table are those that nngen.h names, in their order.
stages=$(awk '/^## /{ inside = $0 == "## The pipeline" } inside && /^[|] [a-z]+ [|]/ && $2 != "stage" { printf "%s ", $2 }' "$page")
named=$(awk '/text -> /{ inside = 1 } inside { for (i = 1; i <= NF; i++) if ($i ~ /^[a-z]+$/ && $i != "text") printf "%s ", $i } / -> C$/{ exit }' \
    "$gen/nngen.h")
same "stages in nngen.h" "$stages" "$named"

grep -qF '](gen/README.md)' "$NNGEN_SOURCE/README.md" || echo "README.md does not lead to gen/README.md" >>report

# without_head FILE...: those that do not begin with such a comment
without_head() {
    awk '
        function finish() { if (file != "" && !good) print file }
        FNR == 1 { finish(); file = FILENAME; text = ""; good = 0; done = 0 }
        FILENAME !~ /\.[ch]$/ { if (FNR == 1) good = /^# ./; next }
        FNR == 1 && !/^\/\* ./ { done = 1 }
        done { next }
        { text = text " " $0 }
        /\*\// { good = text ~ / In: .* Out: /; done = 1 }
        END { finish() }' "$@"
}

find "$gen" -name '*.[ch]' -o -name '*.def' -o -name '*.cmake' -o -name CMakeLists.txt | sort >files
# shellcheck disable=SC2046  # paths of sources have no blanks
(IFS='
' && without_head $(cat files)) | sed "s|^$gen/||; s|\$|: does not begin with what it is for, takes (In: ..) and leaves (Out: ..)|" >>report
printf '/* Shapes. In: sizes. */\n\n/* Out: text. */\n' >incomplete.c
printf '#include "base/base.h"\n\n/* Shapes. In: sizes. Out: text. */\n' >late.h
printf '/* Shapes. In: sizes.\n   Out: text. */\n' >good.h
same "files without a head" "incomplete.c late.h" "$(without_head incomplete.c good.h late.h | tr '\n' ' ' | sed 's/ $//')"

# Links, and files of the rest.
sed 's/](/\n](/g' "$page" | sed -n 's/^](\([^)#]*\)).*/\1/p' | sort -u | while read -r link; do
    [ -e "$gen/$link" ] || echo "$link: no such file" >>report
done
for file in "$gen"/*.c "$gen"/*.h "$gen"/*.txt "$gen"/*.cmake; do
    grep -qF "$(basename "$file")" "$page" || echo "gen/$(basename "$file"): not on the page" >>report
done

# ... and those of runtime that it names.
sed -n '/^In gen itself/,/^$/p' "$page" | tr ' ,()' '\n\n\n\n' | sed 's/\.$//' | grep -x '[a-z_]*\.[ch]' | while read -r file; do
    [ -e "$gen/$file" ] || [ -e "$gen/../templates/$file" ] || [ -e "$gen/../runtime/$file" ] || [ -e "$gen/../runtime/host/$file" ] ||
        echo "$file: no such file" >>report
done

# Of each recipe: what ends with the link to its patch and with a line of that patch.
for patch in "$recipes"/*.patch; do
    name=$(basename "$patch" .patch)
    awk -v link="recipes/$name.patch)" '
        /^\*\*An? [a-z]*\*\*/ { text = "" }
        { text = text $0 "\n" }
        index($0, link) { found = 1 }
        found && /^```$/ && ++fences == 2 { printf "%s", text; exit }' "$page" >text
    [ -s text ] || echo "$name: the page has no such recipe" >>report
    sed -n '/^```$/,/^```$/p' text | grep -v '^```$' | while IFS= read -r line; do
        grep -qxF -- "+$line" "$patch" || echo "$name: its patch has no line '$line'" >>report
    done
    sed -n 's|^+++ b/||p' "$patch" | sed 's|^gen/||' | while read -r file; do
        grep -qF "$file" text || grep -qF "${file##*/}" text || echo "$name: the page does not name $file" >>report
    done
done

cat report
[ ! -s report ]
