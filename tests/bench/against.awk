# Tables and marks from the rows that against.sh collects, of words between blanks:
#
#     time COMPILER TARGET NET OPERATION OLD NEW RATIO ROUNDS    microseconds of a call; a later row takes the place of an earlier one
#     size - TARGET NET LINES BYTES LINES BYTES                  of emitted C, old and new
#     nngen - TARGET NET OLD NEW RATIO                           milliseconds
#     compile COMPILER TARGET NET OLD NEW RATIO                  milliseconds
#
# list: instead of tables, `NET OPERATION` of what is to be measured again of this "COMPILER TARGET". failed: how many nets could
# not be measured. Exit code 1 where a mark does not hold or one has failed.

# Keeps one of each, in the order in which they come.
function note(list_name, item) {
    if (!((list_name, item) in known)) {
        known[list_name, item] = 1
        members[list_name, ++sizes[list_name]] = item
    }
}

# All ratios of a group, old : new.
function count_ratio(group, ratio, where) {
    number[group]++
    logarithms[group] += log(ratio)
    if (number[group] == 1 || ratio < least[group]) { least[group] = ratio; least_at[group] = where }
}

function mean(group) {
    return exp(logarithms[group] / number[group])
}

function microseconds(time) {
    return sprintf(time < 0.1 ? "%.4f" : time < 1 ? "%.3f" : time < 10 ? "%.2f" : time < 100 ? "%.1f" : "%.0f", time)
}

# Says what has come out and whether it is what it should be.
function judge(what, holds) {
    printf "%-100s %s\n", what, holds ? "holds" : "DOES NOT HOLD"
    if (!holds) broken++
}

$1 == "time" {
    key = $2 SUBSEP $3 SUBSEP $4 SUBSEP $5
    again[key] = key in ratio
    old[key] = $6; new[key] = $7; ratio[key] = $8; rounds[key] = $9
    note("plans", $2 " " $3)
    note("nets", $4)
}
$1 == "size" {
    lines[$3, $4] = sprintf("%8d %8d", $5, $7)
    bytes[$3, $4] = sprintf("%9d %9d", $6, $8)
    sum[$3, 1] += $5; sum[$3, 2] += $7; sum[$3, 3] += $6; sum[$3, 4] += $8
    note("targets", $3)
    note("sized", $4)
}
$1 == "nngen" {
    generating[$3, $4] = sprintf("%7.1f %7.1f", $5, $6)
    if ($6 > slowest) { slowest = $6; slowest_at = $4 " for " $3 }
}
$1 == "compile" {
    compiling[$2, $3, $4] = sprintf("%8.0f %8.0f %8.3f", $5, $6, 1 / $7)
    count_ratio("compile " $2, 1 / $7, $4)
    note("compilers", $2)
}

function find_ratios(    p, n, o, key, words) {
    for (p = 1; p <= sizes["plans"]; p++) {
        split(members["plans", p], words, " ")
        for (n = 1; n <= sizes["nets"]; n++)
            for (o = 1; o <= 3; o++) {
                key = words[1] SUBSEP words[2] SUBSEP members["nets", n] SUBSEP operation[o]
                if (key in ratio) count_ratio(members["plans", p], ratio[key], members["nets", n] ", " title[o])
            }
    }
}

function list_again(    n, o, key, words, all) {
    if (!(list in number)) return
    split(list, words, " ")
    all = mean(list) < mean_mark
    for (n = 1; n <= sizes["nets"]; n++)
        for (o = 1; o <= 3; o++) {
            key = words[1] SUBSEP words[2] SUBSEP members["nets", n] SUBSEP operation[o]
            if (key in ratio && !again[key] && (all || ratio[key] < least_mark)) print members["nets", n], operation[o]
        }
}

function print_times(plan,    n, o, key, words) {
    split(plan, words, " ")
    printf "\n%s, %s: microseconds of a call, medians; * measured again\n\n%-28s", words[1], words[2], ""
    for (o = 1; o <= 3; o++) printf "   %-27s", title[o]
    printf "\n%-28s", "net"
    for (o = 1; o <= 3; o++) printf " %9s %9s %8s ", "old", "new", "old:new"
    printf "\n"
    for (n = 1; n <= sizes["nets"]; n++) {
        printf "%-28s", members["nets", n]
        for (o = 1; o <= 3; o++) {
            key = words[1] SUBSEP words[2] SUBSEP members["nets", n] SUBSEP operation[o]
            if (key in ratio)
                printf " %9s %9s %8.3f%s", microseconds(old[key]), microseconds(new[key]), ratio[key], again[key] ? "*" : " "
            else printf " %9s %9s %8s ", "-", "-", "-"
        }
        printf "\n"
    }
}

function print_sizes(target,    n, c, net) {
    printf "\nemitted C, %s: what is written, and milliseconds to write and to compile it\n\n", target
    printf "%-28s %17s %19s %15s", "", "lines", "bytes", "nngen"
    for (c = 1; c <= sizes["compilers"]; c++) printf " %26s", members["compilers", c]
    printf "\n%-28s %8s %8s %9s %9s %7s %7s", "net", "old", "new", "old", "new", "old", "new"
    for (c = 1; c <= sizes["compilers"]; c++) printf " %8s %8s %8s", "old", "new", "new:old"
    printf "\n"
    for (n = 1; n <= sizes["sized"]; n++) {
        net = members["sized", n]
        if (!((target, net) in lines)) continue
        printf "%-28s %s %s %s", net, lines[target, net], bytes[target, net], generating[target, net]
        for (c = 1; c <= sizes["compilers"]; c++) printf " %s", compiling[members["compilers", c], target, net]
        printf "\n"
    }
    printf "%-28s %8d %8d %9d %9d\n", "all", sum[target, 1], sum[target, 2], sum[target, 3], sum[target, 4]
}

function print_marks(    p, plan, c, compiler) {
    printf "\nmarks\n\n"
    for (p = 1; p <= sizes["plans"]; p++) {
        plan = members["plans", p]
        judge(sprintf("%s: old : new in the geometric mean of %d: %.3f, at least %.2f", plan, number[plan], mean(plan), mean_mark),
              mean(plan) >= mean_mark)
        judge(sprintf("%s: the least: %.3f (%s), at least %.2f", plan, least[plan], least_at[plan], least_mark),
              least[plan] >= least_mark)
    }
    for (c = 1; c <= sizes["compilers"]; c++) {
        compiler = members["compilers", c]
        judge(sprintf("%s: time to compile, new : old in the geometric mean: %.3f, at most %.2f", compiler,
                      mean("compile " compiler), compile_mark), mean("compile " compiler) <= compile_mark)
    }
    judge(sprintf("nngen: the longest: %.1f ms (%s), below %d", slowest, slowest_at, nngen_mark), slowest < nngen_mark)
    if (failed) judge(sprintf("not measured: %d, of which standard error tells", failed), 0)
}

BEGIN {
    mean_mark = 0.99
    least_mark = 0.95
    compile_mark = 1.03
    nngen_mark = 50
    split("train one batch", operation, " ")
    split("training step;one example;batch", title, ";")
}

END {
    find_ratios()
    if (list) {
        list_again()
        exit 0
    }
    for (p = 1; p <= sizes["plans"]; p++) print_times(members["plans", p])
    for (t = 1; t <= sizes["targets"]; t++) print_sizes(members["targets", t])
    print_marks()
    print ""
    print broken ? "marks that do not hold: " broken : "all marks hold"
    exit broken > 0
}
