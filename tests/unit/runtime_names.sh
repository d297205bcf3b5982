# Prints runtime/nn_names.h: a macro for each function and type of the runtime's headers that depends on the processor. Run it
# after adding one:  sh tests/unit/runtime_names.sh > nn_names.h && mv nn_names.h runtime/   (needs gcc or clang for x86-64)
set -eu
runtime=$(dirname "$0")/../../runtime

# identifiers HEADERS OPTIONS: the identifiers nn_.. that are left when macros are expanded
identifiers() {
    printf '%s\n' "$1" | "${NNGEN_CC:-cc}" -E -P -I"$runtime" $2 -x c - | grep -ow 'nn_[a-z0-9_]*' | LC_ALL=C sort -u
}

all=$(mktemp)
shared=$(mktemp)
trap 'rm -f "$all" "$all.unsorted" "$shared"' EXIT
for double in 0 1; do
    identifiers '#include "nn_real.h"
#include "nn_place.h"' "-DNN_DOUBLE=$double"
done | LC_ALL=C sort -u > "$shared"
for double in 0 1; do
    for target in NN_C99 NN_GENERIC "NN_X86_64_V3 -march=x86-64-v3" "NN_X86_64_V4 -march=x86-64-v4"; do
        identifiers '#include "nn_random.h"
#include "nn_tensors.h"' "-DNN_DOUBLE=$double -DNN_TARGET=$target" >> "$all.unsorted"
    done
done
LC_ALL=C sort -u "$all.unsorted" > "$all"

cat << 'END'
/* Written by tests/unit/runtime_names.sh: in a file for several processors, each usual name of a
   function or type stands for that of the part of the file that it is used in. In: NN_SUFFIXED and
   NN_BOUND of nn_begin.h, which alone includes this. Out: one macro per name, once per file. */

#ifndef NN_NAMES_H
#define NN_NAMES_H

END
LC_ALL=C comm -23 "$all" "$shared" | sed 's/.*/#define & NN_SUFFIXED(&)/'
printf '\n#endif\n'
