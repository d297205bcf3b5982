# Read by the tests of this folder: a folder of its own to work in, and what they all check.

work=$(mktemp -d "$NNGEN_SCRATCH/XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

cat >model.def <<'MODEL'
network small
input  x[3]
target y[2]
h = tanh(dense(x, 4))
p = dense(h, 2)
loss   mean_squared_error(p, y)
update sgd(lr = 0.1)
output p
MODEL

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# nngen CODE option...: runs nngen, which must exit with CODE; its output is in ./out and ./err.
nngen() {
    wanted=$1
    shift
    code=0
    "$NNGEN_TOOL" "$@" >out 2>err || code=$?
    [ "$code" = "$wanted" ] || fail "nngen $*: exit $code, not $wanted: $(cat err)"
}

# program NAME option...: nngen makes C of NAME.def with these options, and the C compiler the program NAME of that, at $level.
# What names no target is for c99, which compiles fastest.
program() {
    name=$1
    shift
    case " $*" in *" --target="*) ;; *) set -- "$@" --target=c99 ;; esac
    nngen 0 "$name.def" "$@" -o "$name.c"
    $NNGEN_CC -std=c11 "${level:--O0}" -DNN_MAIN $NNGEN_CFLAGS "$name.c" "$NNGEN_BUILD/libnngen.a" \
        -ljansson -lz -lm -o "$name"
}

# runs CODE program option...: a program of this folder, which must exit with CODE; its output is in ./out and ./err.
runs() {
    wanted=$1
    shift
    code=0
    "./$@" >out 2>err || code=$?
    [ "$code" = "$wanted" ] || fail "$*: exit $code, not $wanted: $(cat out err)"
}

# says TEXT: nngen's messages are this line.
says() {
    [ "$(cat err)" = "$*" ] || fail "message is '$(cat err)', not '$*'"
}

# has FILE TEXT
has() {
    grep -qF -- "$2" "$1" || fail "$1 has no '$2': $(cat "$1")"
}

# lists NAME...: the folder holds these and nothing else but out, err and model.def.
lists() {
    found=$(ls -A | grep -vx -e out -e err -e model.def | sort | tr '\n' ' ')
    expected=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
    [ "${found:- }" = "$expected" ] || fail "files are '$found', not '$expected'"
}

# stays FILE TEXT
stays() {
    [ "$(cat "$1")" = "$2" ] || fail "$1 is not '$2' any more"
}

# As a user whom permissions bind: root is given up where the test has it. Not every machine lets that user in here.
as_nobody() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}
