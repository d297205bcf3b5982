# Manual pages and completion say what --help says, of nngen and of a program made by it: every option, every choice, and for
# bash, which is at hand, which command takes what. Pages are without warnings, and the files for the shells read well, where
# groff, mandoc, zsh and fish are.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

shells=$NNGEN_SOURCE/gen/install
pages=$NNGEN_BUILD/gen/install/made

# same WHAT WANTED FOUND: these files list the same
same() {
    diff "$2" "$3" >difference || fail "$1: $(cat difference)"
}

# page_options PAGE: the options that have a paragraph of their own.
page_options() {
    awk '/^\.TP/ { getline; gsub(/\\-/, "-"); gsub(/[",]/, " ")
        for (i = 2; i <= NF; i++) if ($i ~ /^-[-A-Za-z]/) { sub(/=.*/, "", $i); print $i; break } }' "$1" | sort
}

# fish_options FILE PROGRAM: likewise of a file of fish.
fish_options() {
    sed -n "s/.*complete -c $2 .*/&/p" "$1" | sed -n -e 's/.* -s \([a-z]\) .*/-\1/p' -e 's/.* -o \([A-Z]*\) .*/-\1/p' \
        -e 's/.* -l \([-a-z]*\) .*/--\1/p' | sort
}

nngen 0 --help
sed -n 's/^  \(-[-A-Za-z]*\).*/\1/p' out | sort >options
[ "$(wc -l <options)" -gt 10 ] || fail "--help has no options"
! grep -q mutant options || fail "--help shows what is for tests alone"
page_options "$pages/nngen.1" >found
same "nngen(1)" options found
sed -n "s/^    '[*]*\(-[-A-Za-z]*\).*/\1/p" "$shells/nngen.zsh" | sort >found
same "zsh" options found
fish_options "$shells/nngen.fish" nngen >found
same "fish" options found

# Choices, and families of the prelude.
sed -n 's/^  \(--[a-z]*\)[[]*=\(.*|[^]]*\)[]]*/\1 \2/p' out | tr '|' ' ' >choices
(cd "$NNGEN_SOURCE/gen/prelude" && ls) | sed 's/\.def$//' | tr '\n' ' ' | sed 's/ $//; s/^/--list /' >>choices
while read -r option words; do
    for word in $words; do
        [ "$option" = --list ] || sed 's/\\-/-/g' "$pages/nngen.1" | grep -qw -e "$word" || fail "nngen(1) does not have $option $word"
    done
    grep -F -e "'$option=" "$shells/nngen.zsh" | grep -qF -e "($words)" || fail "zsh: not $option $words"
    tr -d '\\\n' <"$shells/nngen.fish" | sed 's/complete -c/\n&/g' | grep -F -e " -l ${option#--} " | grep -qF -e "'$words'" ||
        fail "fish: not $option $words"
done <choices

# A program made by nngen.
grep -v -e '^h =' model.def | sed 's/dense(h/dense(x/' >net.def
program net
runs 0 net --help
cp out help
sed -n 's/^  \(--[-a-z]*\).*/\1/p' help | sort >options
[ "$(wc -l <options)" -gt 15 ] || fail "--help of a program has no options"
page_options "$pages/nngen-net.1" >found
same "nngen-net(1)" options found
fish_options "$shells/nngen.fish" '.program' >found
same "fish, of a program" options found
grep -o "'[*]*--[-a-z]*\[" "$shells/nngen-net.zsh" | tr -d "'*[" | sort -u >found
same "zsh, of a program" options found
for command in $(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' help); do
    grep -qx "\.B $command" "$pages/nngen-net.1" || fail "nngen-net(1) has no $command"
    grep -q "^    complete .* -a '.*\<$command\>" "$shells/nngen.fish" || fail "fish does not know $command"
    grep -q ":command:(.*\<$command\>" "$shells/nngen-net.zsh" || fail "zsh does not know $command"
    awk -v command="$command" '/^  --/ { open = match($0, / \[[a-z*, ]*\]$/); list = open ? substr($0, open + 2) : command
        gsub(/[]*,]/, " ", list); if (index(" " list " ", " " command " ")) print $1 }' help | sort >"$command.options"
done

# exit_codes: those that a text of --help names, and that a page has
exit_codes() {
    sed -n '/^exit \(codes\|status\):/,$p' "$1" | tr ',' '\n' | sed -n -e 's/^exit status: \([0-9]*\) .*/\1/p' -e 's/^ *\([0-9][0-9]*\) .*/\1/p' | sort >wanted
    sed -n '/^\.SH EXIT STATUS/,/^\.SH [F-Z]/p' "$2" | sed -n 's/^\.B \([0-9][0-9]*\).*/\1/p' | sort >found
    [ -s wanted ] || fail "$1 names no exit codes"
    same "exit codes of $2" wanted found
}
exit_codes help "$pages/nngen-net.1"
nngen 0 --help
exit_codes out "$pages/nngen.1"

# What bash offers.
if command -v bash >/dev/null; then
    cat >offer.bash <<'BASH'
# FUNCTION WORD...: what is offered for the last word
. "$1"
shift
COMP_WORDS=("$@")
COMP_WORDS[0]=nngen
COMP_CWORD=$(($# - 1))
$1
printf '%s\n' "${COMPREPLY[@]}" | sort
BASH
    offers() {
        PATH="$NNGEN_BUILD:$PATH" bash offer.bash "$shells/nngen.bash" "$@" >found
    }
    nngen 0 --help
    sed -n 's/^  \(-[-A-Za-z]*\).*/\1/p' out | sort >options
    offers _nngen -
    same "bash" options found
    while read -r option words; do
        echo "$words" | tr ' ' '\n' | sort >wanted
        offers _nngen "$option" = ''
        same "bash, $option" wanted found
    done <choices
    offers _nngen --target = x86
    [ "$(tr '\n' ' ' <found)" = "x86-64-v3 x86-64-v4 " ] || fail "bash, --target=x86: $(cat found)"
    offers _nngen --show soft
    grep -qx softmax found || fail "bash, --show soft: $(cat found)"
    offers _nngen -o "$work/mod"
    [ "$(cat found)" = "$work/model.def" ] || fail "bash, a file: $(cat found)"
    for list in *.options; do
        offers _nngen_net "${list%.options}" -
        same "bash, ${list%.options}" "$list" found
    done
    sed -n 's/^  \(--[a-z]*\) \([a-z]*|[a-z|]*\) .*/\1 \2/p' help >choices
    [ -s choices ] || fail "no option of a program has choices"
    while read -r option words; do
        echo "$words" | tr '|' '\n' | sort >wanted
        offers _nngen_net train "$option" ''
        same "bash, $option" wanted found
    done <choices
    while read -r option words; do
        list=$(echo "$words" | tr '|' ' ')
        grep -F -e "'$option[" "$shells/nngen-net.zsh" | grep -qF -e "($list)" || fail "zsh: not $option $list"
        grep -F -e " -l ${option#--} " "$shells/nngen.fish" | grep -qF -e "'$list'" || fail "fish: not $option $list"
    done <choices
fi

# checked PROGRAM: whether it is there; else it says that something is not looked at
checked() {
    command -v "$1" >/dev/null || { echo "skipped: no $1" && false; }
}
for page in nngen.1 nngen.5 nngen-net.1 nngen-c.7; do
    if checked man && checked nroff; then
        man --warnings=all -E UTF-8 -l -Tutf8 -Z "$pages/$page" >/dev/null 2>log
        [ ! -s log ] || fail "$page: $(cat log)"
    fi
    if checked mandoc; then
        mandoc -Tlint -W style "$pages/$page" >log || fail "$page: $(cat log)"
    fi
done
grep -q 'batch_mean' "$pages/nngen.5" && grep -q '"network" NAME' "$pages/nngen.5" || fail "nngen(5) lacks grammar or functions"
if checked zsh; then
    zsh -n "$shells/nngen.zsh" && zsh -n "$shells/nngen-net.zsh" || fail "zsh cannot read its files"
fi
if checked fish; then
    fish -n "$shells/nngen.fish" || fail "fish cannot read its file"
fi
