# Read by the scripts that build nngen: where a build may stand, and what is seen of it while it goes on.

# writable_folder FOLDER: makes it. Where nothing can be written there, says so and ends the script with 3.
writable_folder() {
    if reason=$(mkdir -p "$1" 2>&1); then
        [ ! -w "$1" ] || return 0
        reason="no permission to write there"
    fi
    echo "error: cannot build in '$1': ${reason##*: }" >&2
    echo "hint: make that folder yours, or copy the sources to a folder that you may write to" >&2
    exit 3
}

# two_nngens FOLDER IS_PROGRAMS TREE ONE OTHER CMAKE-OPTION...: FOLDER/a/nngen is that of the commit ONE of the repository TREE,
# built without tests and host, and FOLDER/a/tree has the files of that commit; the same in FOLDER/b of OTHER. Where IS_PROGRAMS
# is not empty, ONE and OTHER are the programs themselves, and TREE has their files. Ends the script with 2 where that cannot be.
two_nngens() {
    folder=$1
    is_programs=$2
    repository=$3
    mkdir -p "$folder/a" "$folder/b"
    if [ -n "$is_programs" ]; then
        take_program "$folder/a" "$repository" "$4"
        take_program "$folder/b" "$repository" "$5"
        return
    fi
    for commit in "$4" "$5"; do
        git -C "$repository" rev-parse --quiet --verify "$commit^{commit}" >/dev/null || {
            echo "error: no commit '$commit'" >&2
            exit 2
        }
    done
    one=$4
    other=$5
    shift 5
    build_commit "$folder/a" "$repository" "$one" "$@"
    build_commit "$folder/b" "$repository" "$other" "$@"
}

take_program() {
    case $3 in
    /*) program=$3 ;;
    *) program=$PWD/$3 ;;
    esac
    [ -x "$program" ] || {
        echo "error: no program '$3'" >&2
        exit 2
    }
    ln -s "$program" "$1/nngen"
    ln -s "$2" "$1/tree"
}

build_commit() {
    place=$1
    repository=$2
    commit=$3
    shift 3
    mkdir "$place/tree"
    launcher=$(command -v ccache) || true
    {
        git -C "$repository" archive "$commit" | tar -x -C "$place/tree" &&
            cmake -S "$place/tree" -B "$place/build" -DNNGEN_TESTS=OFF -DNNGEN_HOST=OFF "$@" \
                ${launcher:+"-DCMAKE_C_COMPILER_LAUNCHER=$launcher"} &&
            cmake --build "$place/build" --target nngen_tool --parallel "$(nproc)" &&
            mv "$place/build/nngen" "$place/nngen"
    } >"$place/log" 2>&1 || {
        cat "$place/log" >&2
        echo "error: '$commit' does not build" >&2
        exit 2
    }
}

# progress LOG: copies its input, what cmake and make say, to LOG and shows a line for each tenth of a build.
progress() {
    tee "$1" | awk '
        /^\[ *[0-9]+%\]/ {
            percent = substr($0, 2, 3) + 0
            if (percent >= shown + 10) { print "built:", percent "%"; fflush(); shown = percent - percent % 10 }
        }'
}
