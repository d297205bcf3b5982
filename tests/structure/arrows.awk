# What runs against the order of the folders of gen/, one line each; test_arrows.sh says what these folders are.
#
# In: lines "file FILE", "include FILE INCLUDED", "defines FILE NAME", "uses FILE NAME", files as paths in gen/ ("base/text.c").
# Out: "back FILE WHAT" for a name or header of a folder that stands below the file's own, "private FILE HEADER" for a header of
# another folder that is not its public one, "circle FILE..." for files that need each other, in alphabetical order, without ".c".

BEGIN {
    count = split(folders, folder, " ")
    for (i = 1; i <= count; i++)
        rank[folder[i]] = i
}

function folder_of(file) {
    return file ~ /\// ? substr(file, 1, index(file, "/") - 1) : "" # "": gen/ itself, below all folders
}

function runs_back(from, to) {
    return folder_of(from) != "" && (folder_of(to) == "" || rank[folder_of(to)] > rank[folder_of(from)])
}

function bare(file) {
    sub(/\.[ch]$/, "", file)
    return file
}

$1 == "file" {
    if (folder_of($2) != "" && !(folder_of($2) in rank))
        print "unknown", $2
}
$1 == "include" {
    to = folder_of($3)
    if ($3 ~ /\.\.\//)
        print "unknown", $2, $3
    else if (runs_back($2, $3))
        print "back", $2, $3
    else if (to != "" && to != folder_of($2) && $3 != to "/" to ".h")
        print "private", $2, $3
}
$1 == "defines" { home[$3] = $2 }
$1 == "uses" { uses[++use_count] = $2 SUBSEP $3 }

# Tarjan's strongly connected components.
function visit(file,    i, to, parts, members, size) {
    number[file] = low[file] = ++visited
    stack[++height] = file
    on_stack[file] = 1
    for (i = 1; i <= need_count[file]; i++) {
        to = needs[file, i]
        if (!(to in number)) {
            visit(to)
            low[file] = low[to] < low[file] ? low[to] : low[file]
        } else if (on_stack[to])
            low[file] = number[to] < low[file] ? number[to] : low[file]
    }
    if (low[file] != number[file])
        return
    size = 0
    do {
        on_stack[stack[height]] = 0
        members[++size] = bare(stack[height])
    } while (stack[height--] != file)
    if (size > 1)
        print "circle" sorted(members, size)
}

function sorted(items, size,    i, j, item, text) {
    for (i = 2; i <= size; i++) {
        item = items[i]
        for (j = i; j > 1 && items[j - 1] > item; j--)
            items[j] = items[j - 1]
        items[j] = item
    }
    for (i = 1; i <= size; i++)
        text = text " " items[i]
    return text
}

END {
    for (i = 1; i <= use_count; i++) {
        split(uses[i], use, SUBSEP)
        from = use[1]
        if (!(use[2] in home) || home[use[2]] == from)
            continue
        to = home[use[2]]
        if (runs_back(from, to))
            print "back", from, use[2]
        if (!(from in need_count))
            starts[++start_count] = from
        needs[from, ++need_count[from]] = to
    }
    for (i = 1; i <= start_count; i++)
        if (!(starts[i] in number))
            visit(starts[i])
}
