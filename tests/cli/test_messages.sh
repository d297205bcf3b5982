# --diagnostics and --color: messages of models, of the command line and of files in each form, on standard error, with the same
# exit codes; colors where a terminal wants them.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

printf 'network a\ninput x[3]\noutput rleu(dense(x, 2))\n' >wrong.def
escape=$(printf '\033')

# Forms.
nngen 1 wrong.def -o a.c --diagnostics=json
says '{"file": "wrong.def", "line": 3, "column": 8, "end": 12, "severity": "error", "text": "unknown function '"'rleu'"'", "hint": "did you mean '"'relu'"'?"}'
nngen 1 --diagnostics sarif wrong.def -o a.c
has err '"startLine": 3, "startColumn": 8, "endColumn": 12'
nngen 1 wrong.def -o a.c --diagnostics=text
cp err text
nngen 1 wrong.def -o a.c
cmp -s err text || fail "text is not the default"
lists text wrong.def

# Nothing is wrong: no line of JSON, an empty log.
nngen 0 model.def -o - --diagnostics=json
[ ! -s err ] || fail "said: $(cat err)"
nngen 0 model.def -o - --diagnostics=sarif
[ "$(tail -n 1 err)" = '"results": []}]}' ] || fail "no empty log: $(cat err)"
has out small_train_step

# What is wrong with the command line, wherever the option stands in it, and with files.
nngen 2 --frobnicate --diagnostics=json
says '{"file": null, "line": null, "column": null, "end": null, "severity": "error", "text": "unknown option '"'--frobnicate'"'", "hint": null}'
nngen 2 --taget=c99 --diagnostics=json
has err '"hint": "did you mean '"'--target'"'?"'
nngen 2 --diagnostics=sarif
has err '{"level": "error", "message": {"text": "no model given"}, "locations": []}]}]}'
nngen 3 none.def -o a.c --diagnostics=json
has err '"text": "cannot read '"'none.def': No such file or directory"'"'
nngen 2 --show BCELoss --diagnostics=json
has err '"hint": "write binary_cross_entropy'
nngen 2 --list no_family --diagnostics=json
has err '"hint": "the families are activations, '
nngen 2 --diagnostics=xml
says "nngen: error: --diagnostics: 'xml' is not one of text|json|sarif"
nngen 2 model.def -o 'a"b.c' --diagnostics=json
has err "C would misread its '\\\"'"

# Colors. These messages go to a file, so that there are none unless they are asked for.
! grep -q "$escape" text || fail "colors in a file"
for option in --color --color=always; do
    nngen 1 wrong.def -o a.c $option
    has err "wrong.def:3:8: $escape[1;31merror:$escape[0m unknown function 'rleu'"
    sed "s/$escape\[[0-9;]*m//g" err >plain
    cmp -s plain text || fail "colors change more than colors"
    nngen 2 --frobnicate $option
    has err "nngen: $escape[1;31merror:$escape[0m unknown option"
    nngen 1 wrong.def -o a.c $option --diagnostics=json
    ! grep -q "$escape" err || fail "colors in JSON"
done
nngen 2 --color=sometimes
says "nngen: error: --color: 'sometimes' is not one of auto|always|never"

# On a terminal, which script(1) makes.
if command -v script >/dev/null; then
    # terminal WANTED NAME=VALUE... option...: whether there are colors
    terminal() {
        wanted=$1
        shift
        env "$@" script -qec "$NNGEN_TOOL wrong.def -o a.c $option" /dev/null >log 2>&1 </dev/null || true
        grep -q "unknown function" log || fail "no terminal: $(cat log)"
        found=no
        ! grep -q "$escape\[1;31merror" log || found=yes
        [ "$found" = "$wanted" ] || fail "colors with $* $option: $found"
    }
    option=
    terminal yes TERM=xterm NO_COLOR=
    terminal no TERM=xterm NO_COLOR=1
    terminal no TERM=dumb NO_COLOR=
    option=--color=never
    terminal no TERM=xterm NO_COLOR=
    option=--color
    terminal yes TERM=xterm NO_COLOR=1
else
    echo "skipped: no script(1), so no terminal"
fi
