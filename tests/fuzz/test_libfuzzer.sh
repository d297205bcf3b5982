# One minute of libFuzzer on the whole compiler, under AddressSanitizer and UndefinedBehaviorSanitizer; NNGEN_FUZZ_SECONDS
# says how long instead. What it finds stays in NNGEN_SCRATCH. Skipped without clang.

set -eu
command -v clang >/dev/null || { echo "no clang"; exit 77; }
seconds=${NNGEN_FUZZ_SECONDS:-60}
folder=$NNGEN_SCRATCH/libfuzzer
rm -rf "$folder"
mkdir -p "$folder/corpus"

sources=$(ls "$NNGEN_SOURCE"/gen/*.c | grep -v '/cli\.c$')
clang -std=c11 -g1 -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    -DNNGEN_VERSION='"fuzz"' -I"$NNGEN_SOURCE/gen" -o "$folder/fuzz_compile" \
    "$NNGEN_SOURCE/tests/fuzz/fuzz_compile.c" $sources \
    "$NNGEN_BUILD/gen/embedded_prelude.c" "$NNGEN_BUILD/gen/embedded_templates.c" -lm

"$folder/fuzz_compile" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=1500 -max_len=3000 -print_final_stats=1 \
    -dict="$NNGEN_SOURCE/tests/fuzz/language.dict" -artifact_prefix="$folder/" \
    "$folder/corpus" "$NNGEN_SOURCE/tests/fuzz/corpus" >"$folder/log" 2>&1 || { tail -n 60 "$folder/log"; exit 1; }
tail -n 12 "$folder/log"
rm -rf "$folder/corpus"
