# libFuzzer on the compiler, its command line and the reader of data, under the sanitizers of the build, which has NNGEN_FUZZ;
# NNGEN_FUZZ_SECONDS says for how long: 4 if not set, 900 in the long run. What it finds stays in NNGEN_SCRATCH.

set -eu
seconds=4
[ "${NNGEN_LONG:-}" != 1 ] || seconds=900
seconds=${NNGEN_FUZZ_SECONDS:-$seconds}
folder=$NNGEN_SCRATCH/libfuzzer
rm -rf "$folder"

# fuzz SECONDS PROGRAM SEEDS OPTION...
fuzz() {
    program=$2
    seeds=$3
    limit=$1
    shift 3
    mkdir -p "$folder/$program"
    "$NNGEN_BUILD/tests/$program" -max_total_time="$limit" -timeout=60 -rss_limit_mb=1500 -max_len=3000 -print_final_stats=1 \
        -artifact_prefix="$folder/" "$@" "$folder/$program" "$seeds" >"$folder/log" 2>&1 || {
        tail -n 60 "$folder/log"
        exit 1
    }
    tail -n 12 "$folder/log"
    rm -rf "${folder:?}/$program"
}

fuzz "$seconds" fuzz_compile "$NNGEN_SOURCE/tests/fuzz/corpus" -dict="$NNGEN_SOURCE/tests/fuzz/language.dict"
fuzz $((seconds / 4)) fuzz_cli "$NNGEN_SOURCE/tests/fuzz/lines"
fuzz $((seconds / 4)) fuzz_host "$NNGEN_SOURCE/models"
