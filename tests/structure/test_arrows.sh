# The folders of gen/ are the stages, and every arrow runs downwards: a file includes the public headers of folders that stand
# above its own in the table below and the private ones of its own folder, and what it calls or reads, as the linker sees it,
# stands in these folders, too. Files need each other in a circle only where the recursion is in the subject.
#
# What still breaks this stands in a list, which may only become shorter: an entry that is no longer needed fails the test, and so
# does one more than `lengths` below says. These numbers may only be lowered.
set -e
here=$NNGEN_SOURCE/tests/structure
work=$(mktemp -d "$NNGEN_SCRATCH/arrows.XXXXXX")
trap 'rm -rf "$work"' EXIT

folders="base syntax graph target rewrite autodiff expand check fuse layout schedule lower place emit"

# Recursion in the subject: expressions call definitions, which hold expressions; what is simplified is built of what is simplified;
# memory that runs out is an error, whose text takes memory.
cat >"$work/allowed" <<'END'
circle base/arena base/diagnose base/text
circle expand/builtin expand/builtin_call expand/builtin_contract expand/builtin_index expand/builtin_view expand/builtin_window expand/collective expand/custom_derivative expand/evaluate expand/expand_block expand/expand_call expand/expand_regularizer expand/expand_variable expand/optimizer_run
circle rewrite/fold_build rewrite/fold_view
circle syntax/parse syntax/parse_definition syntax/parse_expression
END

# To be gone when kernels are loops as data, which `lower` leaves and `emit` prints.
cat >>"$work/allowed" <<'END'
back lower/emit_nest.c bind_slot
back lower/emit_nest.c bindings_new
back lower/emit_nest.c instance_next
back lower/emit_nest.c kernel_address
back lower/emit_nest.c kernel_name_instructions
back lower/emit_nest.c kernel_pointer
back lower/emit_nest.c pointer_text
back lower/emit_nest.c instruction_add_at
back lower/emit_nest.c instruction_add_statements
back lower/emit_nest.c instruction_address_text
back lower/emit_nest.c instruction_declare
back lower/emit_nest.c instruction_declare_batch_sum
back lower/emit_nest.c instruction_finish
back lower/emit_nest.c instruction_has_accumulators
back lower/emit_nest.c instruction_instances
back lower/emit_nest.c instruction_is_in_epilogue
back lower/emit_nest.c instruction_is_unreduced
back lower/emit_nest.c instruction_join_accumulators
back lower/emit_nest.c instruction_loops
back lower/emit_nest.c instruction_store_partial
back lower/emit_nest.c instruction_statement
back lower/emit_nest.c instruction_sum_across
back lower/emit_nest.c instruction_load_partial
back lower/emit_nest.c template_add
back lower/emit_square.c bind_slot
back lower/emit_square.c bindings_new
back lower/emit_square.c kernel_pointer
back lower/emit_square.c pointer_text
back lower/emit_square.c instruction_address_text
back lower/emit_square.c instruction_distance
back lower/emit_square.c instruction_statement
back lower/emit_square.c template_add
back lower/emit_epilogue.c bind_slot
back lower/emit_epilogue.c instance_is_masked
back lower/emit_epilogue.c instance_next
back lower/emit_epilogue.c kernel_pointer
back lower/emit_epilogue.c lanes_type
back lower/emit_epilogue.c pointer_text
back lower/emit_epilogue.c real_type
back lower/emit_epilogue.c share_epilogue
back lower/emit_epilogue.c instruction_add_at
back lower/emit_epilogue.c instruction_address_text
back lower/emit_epilogue.c instruction_is_in_epilogue
back lower/emit_epilogue.c instruction_is_inline
back lower/emit_epilogue.c instruction_lanes
back lower/emit_epilogue.c instruction_loops
back lower/emit_epilogue.c instruction_operand
back lower/emit_epilogue.c instruction_statement
back lower/emit_epilogue.c template_add
back lower/nests.h emit/kernel.h
back lower/straight.c bind_slot
back lower/straight.c bindings_new
back lower/straight.c formula_text
back lower/straight.c output_name
back lower/straight.c span_text
back lower/straight.c real_text
back lower/straight.c broadcast_text
back lower/straight.c template_add
back lower/straight.h emit/emitter.h
back lower/straight_layer.c lanes_type
back lower/straight_pack.c bind_slot
back lower/straight_pack.c bindings_new
back lower/straight_pack.c choice_text
back lower/straight_pack.c lanes_type
back lower/straight_pack.c name_is_used
back lower/straight_pack.c name_reserve
back lower/straight_pack.c op_text
back lower/straight_pack.c template_add
back lower/straight_sum.c broadcast_text
back lower/straight_value.c bind_slot
back lower/straight_value.c bindings_new
back lower/straight_value.c choice_text
back lower/straight_value.c field_name
back lower/straight_value.c given_prefix
back lower/straight_value.c lanes_type
back lower/straight_value.c name_stem
back lower/straight_value.c op_text
back lower/straight_value.c real_text
back lower/straight_value.c real_type
back lower/straight_value.c broadcast_text
back lower/straight_value.c template_add
back schedule/tile.c build_fill
back schedule/tile.c build_nest
back schedule/tile.c lower/lower.h
circle lower/straight lower/straight_layer lower/straight_pack lower/straight_value
END

# includes: facts of lines "FILE:#include ..", however these are spaced; of headers in <..> those that a folder of ours may hold.
includes() {
    sed -n -e 's/^\([^:]*\):[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/include \1 \2/p' \
        -e 's/^\([^:]*\):[[:space:]]*#[[:space:]]*include[[:space:]]*<\(\([a-z]*\|[.]*\)\/[^>]*\)>.*/include \1 \2/p' |
        grep -v '^include [^ ]* sys/'
}

# facts: what arrows.awk reads. Names of objects are those of their sources, which no two folders share.
facts() {
    cd "$NNGEN_SOURCE/gen"
    find . -name '*.[ch]' | sed 's|^\./||' | sort >"$work/files"
    sed 's/^/file /' "$work/files"
    xargs grep -H '^[[:space:]]*#[[:space:]]*include' <"$work/files" | includes
    nm -A -P "$NNGEN_BUILD/gen/libnngen_core.a" | awk -v files="$work/files" '
        BEGIN {
            while ((getline file < files) > 0) {
                name = file
                sub(/.*\//, "", name)
                if (name ~ /\.c$/ && name in path)
                    print "unknown", file, "and", path[name]
                path[name] = file
            }
        }
        {
            object = $1
            sub(/^[^[]*\[/, "", object)
            sub(/\.o\]:$/, "", object)
            file = object in path ? path[object] : "base/" object # what embed.cmake makes
            if ($3 == "U")
                print "uses", file, $2
            else if ($3 ~ /[A-Z]/)
                print "defines", file, $2
        }'
}

# breaches FILE: what of the facts in FILE is against the order
breaches() {
    awk -v folders="$folders" -f "$here/arrows.awk" "$1" | sort -u
}

# lengths: of the list, entries of each kind, and files in circles
lengths="84 back, 5 circles of 26 files"

# lengths_of FILE: the same, of a list
lengths_of() {
    awk '$1 == "back" { back++ } $1 == "circle" { circles++; files += NF - 1 }
        END { printf "%d back, %d circles of %d files\n", back, circles, files }' "$1"
}

facts >"$work/facts"
breaches "$work/facts" >"$work/found"
sort -u "$work/allowed" | sed '/^$/d' >"$work/wanted"
comm -23 "$work/found" "$work/wanted" | sed 's/^/against the order of folders: /' >"$work/report"
comm -13 "$work/found" "$work/wanted" | sed 's/^/holds by now, take it off the list: /' >>"$work/report"

# check_lengths FILE: says whether that list is longer or shorter
check_lengths() {
    counted=$(lengths_of "$1")
    [ "$counted" = "$lengths" ] || echo "the list has $counted, not $lengths, which may only be lowered"
}
check_lengths "$work/wanted" >>"$work/report"
for entry in 'back graph/shape.c rules_new' 'circle graph/graph graph/shape'; do
    { cat "$work/wanted" && echo "$entry"; } >"$work/longer"
    [ -n "$(check_lengths "$work/longer")" ] || echo "not noticed: one more entry, $entry" >>"$work/report"
done

# planted LINE BREACH: a fact that would break the order is noticed.
planted() {
    { cat "$work/facts" && echo "$1"; } >"$work/planted"
    breaches "$work/planted" | grep -qxF "$2" || echo "not noticed: $1" >>"$work/report"
}
planted 'include graph/shape.c rewrite/rewrite.h' 'back graph/shape.c rewrite/rewrite.h'
planted 'include emit/names.c emit.h' 'back emit/names.c emit.h'
planted 'include check/check_cost.c expand/value.h' 'private check/check_cost.c expand/value.h'
planted 'uses base/text.c check' 'back base/text.c check'
planted 'uses syntax/lex.c parse' \
    'circle syntax/lex syntax/parse syntax/parse_definition syntax/parse_expression'
planted 'file helpers/helper.c' 'unknown helpers/helper.c'

# planted_line LINE BREACH: likewise, of a line of a source.
planted_line() {
    { cat "$work/facts" && echo "$1" | includes; } >"$work/planted"
    breaches "$work/planted" | grep -qxF "$2" || echo "not noticed: $1" >>"$work/report"
}
planted_line 'graph/shape.c:#include "emit/emit.h"' 'back graph/shape.c emit/emit.h'
planted_line 'graph/shape.c:# include "emit/emit.h"' 'back graph/shape.c emit/emit.h'
planted_line 'graph/shape.c:   #  include   <emit/emit.h> // why' 'back graph/shape.c emit/emit.h'
planted_line 'graph/shape.c:#include "../emit/emit.h"' 'unknown graph/shape.c ../emit/emit.h'
planted_line 'graph/shape.c:#include <../emit/emit.h>' 'unknown graph/shape.c ../emit/emit.h'

grep -c '^uses' "$work/facts" | awk '$1 < 1000 { print "only", $1, "names in use" }' >>"$work/report"
cat "$work/report"
[ ! -s "$work/report" ]
