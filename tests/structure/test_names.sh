# Words that could mean two things mean one in the names of gen/: place is the stage, and what an error points at is a span; a step
# is one of training, and what a kernel's body does is an instruction. (What a loop variable advances by is a step as well, in
# programming at large: `step` alone may be that.)
set -e
here=$NNGEN_SOURCE/tests/structure
work=$(mktemp -d "$NNGEN_SCRATCH/names.XXXXXX")
trap 'rm -rf "$work"' EXIT

# breaches FILE: the words of names in FILE that break a rule. A rule has a word with its other forms, the files and the names that
# may have it, and what to write instead.
breaches() {
    awk '
        function rule(words, files, names, instead) {
            if ($2 ~ "^(" words ")$" && $1 !~ files && $3 !~ names)
                print $1 ": " $3 ": " instead
        }
        {
            rule("places?|placed", "^(place/|main.c$)", "^dataflow_placed$",
                 "text of a model has a span, memory an address, an item of a list an index")
            rule("steps?", "^(base|syntax|graph|target|rewrite|autodiff|expand|check)/|^[a-z]*.c$",
                 "^(FUNCTION_TRAIN_STEP|GIVEN_STEP|train_step|step)$", "what a kernel does is an instruction")
        }' "$1" | sort -u
}

cd "$NNGEN_SOURCE/gen"
find . -name '*.[ch]' | sed 's|^\./||' | sort | xargs awk -f "$here/names.awk" >"$work/words"
breaches "$work/words" >"$work/report"

# planted FILE CODE NAME: a name in CODE that breaks the rules is noticed; without NAME there is none.
planted() {
    mkdir -p "$work/$(dirname "$1")"
    printf '%s\n' "$2" >"$work/$1"
    (cd "$work" && awk -f "$here/names.awk" "$1") >"$work/planted"
    found=$(breaches "$work/planted" | sed 's/^[^:]*: \([^:]*\):.*/\1/')
    [ "$found" = "$3" ] || echo "in '$2': '$found', not '$3'" >>"$work/report"
}
planted syntax/tree.c 'Span name_places[2]; /* at */' name_places
planted lower/nest.c 'typedef struct Step Step;' Step
planted lower/nest.c 'int64_t step = step_stride(range.step);' step_stride
planted lower/nest.c 'char *a = "\"a step", b = '\''"'\''; /* a' ''
planted lower/nest.c '/* a step */ int kernelStep; // place' kernelStep
planted place/place.c 'int placed = FUNCTION_TRAIN_STEP;' ''

grep -c . "$work/words" | awk '$1 < 50000 { print "only", $1, "words" }' >>"$work/report"
cat "$work/report"
[ ! -s "$work/report" ]
