# Read by tests of the runtime's headers on another machine: the cases of test_simd.c, test_random.c and test_math.c, and bits
# compared with those of this machine. Comes in: $machine and $level, how the compilers optimise.

. "$NNGEN_SOURCE/tests/cross.sh"
tests=$NNGEN_SOURCE/tests/unit
program=$(mktemp "$NNGEN_SCRATCH/$machine.XXXXXX")
trap 'rm -f "$program" "$program.bits"' EXIT

# compile OPTIONS FILE: makes $program for the other machine.
compile() {
    # shellcheck disable=SC2086  # the options are words
    "$machine-linux-gnu-gcc" -static $level -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror "-DSUITE=$machine" \
        -I"$tests/cross" -I"$tests" -I"$NNGEN_SOURCE/tests" -I"$NNGEN_SOURCE/runtime" $1 -x c "$tests/$2" -o "$program" -lm
}

# run_cases NAME OPTIONS DISTANCE: NAME is simd, random or math; sweeps try each DISTANCE-th number.
run_cases() {
    echo "$1, $2"
    compile "$2" "$1_cases.inc"
    NN_SWEEP=$3 "qemu-$machine" "$program"
}

# compare_bits THERE HERE: with these options on the other machine and on this one the maths gives the same bits.
compare_bits() {
    compile "$1" math_bits.c
    # shellcheck disable=SC2086  # the options are words
    "$NNGEN_CC" $level $2 -I"$tests" -I"$NNGEN_SOURCE/runtime" "$tests/math_bits.c" -o "$program.bits" -lm
    here=$(NN_SWEEP=1000003 "$program.bits")
    there=$(NN_SWEEP=1000003 "qemu-$machine" "$program")
    if [ "$here" != "$there" ]; then
        echo "bits of $1: $there on $machine, $here here with $2"
        exit 1
    fi
}
