# Run by run.sh coverage: which lines and branches of gen/, runtime/host and runtime/replace the tests reach. Builds in build/coverage with gcc, runs
# the tests that call them (unit, golden, errors, cli, the replayed corpus of tests/fuzz, and the numeric ones: see counted_tests in
# CMakeLists.txt), and prints a line for each file, for each folder and for each of the two. build/coverage/html/index.html shows
# in the sources what is not reached.
# Exit code 0 if all tests pass and at least 95 % of the branches of both are reached.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/building.sh"
build=$top/build/coverage
jobs=$(nproc)
least=95

writable_folder "$build"
sh "$top/tests/packages.sh" cmake make gcc libc6-dev libcriterion-dev libjansson-dev zlib1g-dev locales gcovr

cmake -S "$top" -B "$build" -G "Unix Makefiles" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release -DNNGEN_COVERAGE=ON \
    "-DCMAKE_C_FLAGS_RELEASE=-O0 -DNDEBUG" -DNNGEN_TESTS_LEVEL=-O0 >"$build/build.log" 2>&1 || { cat "$build/build.log"; exit 1; }

cd "$build"
rm -f built
{ cmake --build . --parallel "$jobs" --target counted_tests && : >built; } 2>&1 | progress build.log
[ -f built ] || { grep -E 'error|Error|undefined' build.log | tail -n 60; exit 1; }

# Tests that run as root run nngen as a user without rights, too: the files of counts, which come into being at its first run, are
# for everybody to add to.
find . -name '*.gcda' -delete
./nngen --version >/dev/null
find . -name '*.gcda' -exec chmod a+rw {} +
failed=0
ctest --parallel "$jobs" -L '^counted$' --output-on-failure || failed=1

mkdir -p html
gcovr --root "$top" --filter "$top/gen/" --filter "$top/runtime/host/" --filter "$top/runtime/replace/" --csv files.csv --html-details html/index.html . >/dev/null

# The columns of files.csv: filename, line_total, line_covered, line_percent, branch_total, branch_covered, ..
awk -F , -v least=$least '
    function show(name, lines, reached, branches, taken) {
        printf "%-40s %6d lines %5.1f %% %7d branches %5.1f %%\n", name, lines, lines ? 100 * reached / lines : 100, branches,
            branches ? 100 * taken / branches : 100
    }
    function add(name) {
        if (!(name in lines)) names[++count] = name
        lines[name] += $2; reached[name] += $3; branches[name] += $5; taken[name] += $6
    }
    BEGIN { wholes = split("gen runtime/host runtime/replace", whole, " ") }
    FNR == 1 { next }
    {
        show($1, $2, $3, $5, $6)
        folder = $1
        sub(/\/[^\/]*$/, "", folder)
        for (w = 1; w <= wholes; w++) {
            if (index($1, whole[w] "/") == 1) add(whole[w] " in all")
            if (folder == whole[w]) folder = ""
        }
        if (folder) add(folder)
    }
    END {
        print ""
        for (n = 1; n <= count; n++)
            if (names[n] !~ / in all$/) show(names[n], lines[names[n]], reached[names[n]], branches[names[n]], taken[names[n]])
        for (w = 1; w <= wholes; w++) {
            name = whole[w] " in all"
            show(name, lines[name], reached[name], branches[name], taken[name])
            if (100 * taken[name] < least * branches[name]) low = 1
        }
        if (low) printf "error: fewer than %d %% of the branches are reached\n", least
        exit low
    }' files.csv || failed=1
exit $failed
