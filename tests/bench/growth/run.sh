#!/bin/sh
# How nngen's own cost grows with a network: doubles each of ten shapes of net (tests/growing.h) until one compilation
# takes a second of the processor, and prints size, seconds, memory and the exponent of the time, fitted over the last
# four doublings, best of three. Fails where an exponent is above 1.3.
#
#   sh tests/bench/growth/run.sh [SHAPE ..]             all shapes by default
#   sh tests/bench/growth/run.sh print SHAPE SIZE       the text of a network
set -eu

top=$(cd "$(dirname "$0")/../../.." && pwd)
build=$top/build/growth
. "$top/tests/building.sh"

sh "$top/tests/packages.sh" cmake make gcc libc6-dev
writable_folder "$build"
cmake -S "$top/tests/bench/growth" -B "$build" -DCMAKE_BUILD_TYPE=Release >"$build/log" 2>&1 &&
    cmake --build "$build" --target growth --parallel "$(nproc)" >>"$build/log" 2>&1 || {
    tail -n 40 "$build/log"
    exit 1
}
"$build/growth" "$@"
