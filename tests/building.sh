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

# progress LOG: copies its input, what cmake and make say, to LOG and shows a line for each tenth of a build.
progress() {
    tee "$1" | awk '
        /^\[ *[0-9]+%\]/ {
            percent = substr($0, 2, 3) + 0
            if (percent >= shown + 10) { print "built:", percent "%"; fflush(); shown = percent - percent % 10 }
        }'
}
