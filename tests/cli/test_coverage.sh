# run.sh coverage: what it prints of counts, and how it ends, with programs that only act as cmake, ctest and gcovr.
set -eu
work=$(mktemp -d "$NNGEN_SCRATCH/coverage.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*: $(cat said)" >&2
    exit 1
}

mkdir -p tree/tests bin
cp "$NNGEN_SOURCE/tests/run.sh" "$NNGEN_SOURCE/tests/coverage.sh" "$NNGEN_SOURCE/tests/building.sh" tree/tests/
: >tree/tests/packages.sh
cat >bin/cmake <<'CMAKE'
#!/bin/sh
[ "$1" = --build ] || exit 0
printf '#!/bin/sh\n' >nngen
chmod +x nngen
echo "[100%] Built target counted_tests"
CMAKE
printf '#!/bin/sh\n[ ! -f "%s/fails" ]\n' "$work" >bin/ctest
cat >bin/gcovr <<GCOVR
#!/bin/sh
while [ "\$1" != --csv ]; do shift; done
cp "$work/counts" "\$2"
GCOVR
chmod +x bin/*

# coverage CODE: run.sh coverage, which ends with CODE.
coverage() {
    code=0
    PATH="$work/bin:$PATH" sh tree/tests/run.sh coverage >said 2>&1 || code=$?
    [ $code = "$1" ] || fail "exit code $code"
}

# has LINE: it is said, however wide its columns.
has() {
    tr -s ' ' <said | grep -qxF "$1" || fail "no '$1'"
}

cat >counts <<'COUNTS'
filename,line_total,line_covered,line_percent,branch_total,branch_covered,branch_percent,function_total
gen/base/text.c,100,99,,100,95,,
gen/emit/emit.c,50,50,,40,38,,
gen/emit/names.c,50,25,,60,57,,
gen/main.c,10,10,,0,0,,
runtime/host/csv.c,3,2,,20,19,,
COUNTS
coverage 0
has "gen/emit/names.c 50 lines 50.0 % 60 branches 95.0 %"
has "gen/main.c 10 lines 100.0 % 0 branches 100.0 %"
has "gen/emit 100 lines 75.0 % 100 branches 95.0 %"
has "gen in all 210 lines 87.6 % 200 branches 95.0 %"
has "runtime/host in all 3 lines 66.7 % 20 branches 95.0 %"

: >fails
coverage 1
rm fails
sed -i 's/^runtime.*/runtime\/host\/csv.c,3,2,,100,94,,/' counts
coverage 1
has "error: fewer than 95 % of the branches are reached"
