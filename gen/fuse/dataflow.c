/* The checker of plans. In: reads and writes of the kernels of a function. Out: the first breach
   of the rules in dataflow.h, with kernel and value, or none. */

#include "fuse/fuse.h"

/* A point of execution. */
typedef struct {
    int kernel, nest;
} Site;

/* What one write left in a storage. */
typedef struct {
    Site site;
    FlowKind kind;
    int value;
    FlowExamples examples;
    FlowRange range;
} Content;

/* A read of the nest being checked, recorded to find later overwrites. */
typedef struct {
    int value;
    FlowMoment moment;
    FlowRange range;
} Seen;

typedef struct {
    int content_count, seen_count;
    Content *contents;
    Seen *seen;
    Site seen_in;
} State;

typedef struct {
    bool is_made, is_number, is_read;
    Site site;
    FlowMoment moment;
} Made;

typedef struct {
    const Dataflow *flow;
    Compiler *compiler;
    Site site;
    State *states; /* by storage */
    Made *made;    /* by value */
    const char *breach;
} Checking;

static bool same_site(Site a, Site b) {
    return a.kernel == b.kernel && a.nest == b.nest;
}

static const char *kernel_name(const Checking *checking, int kernel) {
    return kernel < checking->flow->kernel_count
               ? format_text(checking->compiler, "kernel %s", checking->flow->kernels[kernel].name)
               : "the caller";
}

/* Records the first breach, as "predict: kernel y reads h, ..", and returns false. */
static bool fail(Checking *checking, const char *does, int value, const char *why) {
    if (!checking->breach)
        checking->breach = format_text(checking->compiler, "%s: %s %s %s%s", checking->flow->name,
                                       kernel_name(checking, checking->site.kernel), does,
                                       checking->flow->values[value].name, why);
    return false;
}

/* The same, naming another kernel as well. */
static bool fail_by(Checking *checking, const char *does, int value, const char *why, int kernel,
                    const char *did) {
    return fail(checking, does, value,
                format_text(checking->compiler, "%s%s%s", why, kernel_name(checking, kernel), did));
}

/* ---- storages ---- */

static bool is_alive(Checking *checking, const FlowStorage *storage, const char *does, int value) {
    int kernel = checking->site.kernel;
    bool is_here =
        storage->offset == FLOW_NONE || (storage->first <= kernel && kernel <= storage->last);
    if (!is_here)
        return fail(checking, does, value, ", whose memory is not kept so long");
    if (storage->kernel != FLOW_NONE && storage->kernel != kernel)
        return fail_by(checking, does, value, ", which only ", storage->kernel, " has");
    return true;
}

static bool lies_inside(Checking *checking, const FlowStorage *storage, const FlowRange *range,
                        const char *does, int value) {
    return (range->first >= 0 && range_end(range) <= storage->count) ||
           fail(checking, does, value, " beyond its memory");
}

static bool is_end(const Checking *checking) {
    return checking->site.kernel == checking->flow->kernel_count;
}

/* ---- reading ---- */

static bool read_register(Checking *checking, const FlowAccess *access) {
    const Made *made = &checking->made[access->value];
    bool is_here = made->is_made && made->site.kernel == checking->site.kernel;
    bool is_now = made->site.nest == checking->site.nest && made->moment == access->moment;
    if (is_here && (is_now || (made->is_number && made->site.nest < checking->site.nest)))
        return true;
    return fail(checking, "reads", access->value,
                made->is_made ? ", which it has not at hand" : ", which nobody has made yet");
}

/* The write that has overwritten elements that are read, or NULL. */
static const Content *find_overwriting(Checking *checking, const State *state,
                                       const FlowAccess *access) {
    for (int i = 0; i < state->content_count; i++)
        if (state->contents[i].value != access->value &&
            !ranges_are_apart(checking->compiler, &state->contents[i].range, &access->range))
            return &state->contents[i];
    return NULL;
}

/* Whether the examples of a value that a read needs have been written. */
static bool can_see(Checking *checking, const Content *content, const FlowAccess *access) {
    if (content->site.kernel != checking->site.kernel)
        return true;
    if (content->site.nest == checking->site.nest)
        return fail(checking, "reads", access->value, " in the loops that make it");
    if (checking->flow->kernels[content->site.kernel].goes_by_example &&
        content->examples != access->examples)
        return fail(checking, "reads", access->value, " of all examples where it makes one");
    return true;
}

static bool read_written(Checking *checking, const State *state, const FlowAccess *access) {
    FlowRange *parts = NEW_ARRAY(checking->compiler, FlowRange, state->content_count + 1);
    int count = 0;
    bool is_value = false;
    for (int i = 0; i < state->content_count; i++) {
        const Content *content = &state->contents[i];
        if (content->value != access->value)
            continue;
        is_value |= content->kind != FLOW_BEGIN;
        if (ranges_are_apart(checking->compiler, &content->range, &access->range))
            continue;
        if (!can_see(checking, content, access))
            return false;
        parts[count++] = content->range;
    }
    if (count == 0)
        return fail(checking, "reads", access->value, ", which nobody has written yet");
    if (!is_value)
        return fail(checking, "reads", access->value, ", which is only begun");
    return ranges_cover(checking->compiler, parts, count, &access->range) ||
           fail(checking, "reads", access->value, ", of which a part is not written yet");
}

static void note_seen(Checking *checking, State *state, const FlowAccess *access,
                      const FlowRange *path) {
    if (!same_site(state->seen_in, checking->site))
        state->seen_count = 0;
    state->seen_in = checking->site;
    Seen seen = {access->value, access->moment, *path};
    PUSH(checking->compiler, state->seen, state->seen_count, seen);
}

static bool check_read(Checking *checking, FlowAccess access) {
    const FlowStorage *storage = &checking->flow->storages[access.storage];
    State *state = &checking->states[access.storage];
    FlowRange path = access.range;
    range_normalise(&access.range);
    if (!is_alive(checking, storage, "reads", access.value) ||
        !lies_inside(checking, storage, &access.range, "reads", access.value))
        return false;
    checking->made[access.value].is_read = true;
    if (!is_end(checking))
        note_seen(checking, state, &access, &path);
    if (access.value != storage->given)
        return read_written(checking, state, &access);
    const Content *by = find_overwriting(checking, state, &access);
    return !by || fail_by(checking, "reads", access.value, " after ", by->site.kernel,
                          " has overwritten it");
}

/* ---- writing ---- */

static bool write_register(Checking *checking, const FlowAccess *access) {
    Made *made = &checking->made[access->value];
    if (made->is_made && !checking->flow->values[access->value].is_made_again)
        return fail_by(checking, "makes", access->value, ", which ", made->site.kernel,
                       " has made");
    *made = (Made){.is_made = true,
                   .is_read = made->is_read,
                   .is_number = access->range.loop_count == 0,
                   .site = checking->site,
                   .moment = access->moment};
    return true;
}

/* Whether two accesses of a nest touch the same element in the same round. */
static bool same_path(const FlowRange *a, const FlowRange *b) {
    int i = 0, k = 0;
    if (a->first != b->first)
        return false;
    for (;; i++, k++) {
        while (i < a->loop_count && a->loops[i].count == 1)
            i++;
        while (k < b->loop_count && b->loops[k].count == 1)
            k++;
        if (i >= a->loop_count || k >= b->loop_count)
            return i >= a->loop_count && k >= b->loop_count;
        if (a->loops[i].count != b->loops[k].count || a->loops[i].stride != b->loops[k].stride)
            return false;
    }
}

/* Elements that the nest has read before it overwrites them must have been read in the same
   round. */
static bool is_read_before(Checking *checking, const State *state, const FlowAccess *access,
                           const FlowRange *path) {
    for (int i = 0; i < state->seen_count && same_site(state->seen_in, checking->site); i++) {
        const Seen *seen = &state->seen[i];
        FlowRange range = seen->range;
        bool is_interleaved = seen->moment == access->moment && same_path(&seen->range, path);
        range_normalise(&range);
        if (seen->value != access->value && !is_interleaved &&
            !ranges_are_apart(checking->compiler, &range, &access->range))
            return fail(checking, "overwrites", seen->value, " in the loops that read it");
    }
    return true;
}

static bool is_written_once(Checking *checking, const State *state, const FlowAccess *access) {
    for (int i = 0; i < state->content_count; i++) {
        const Content *content = &state->contents[i];
        bool is_part = content->value == access->value &&
                       (content->kind == FLOW_BEGIN ||
                        (access->kind == FLOW_ADD && content->kind == FLOW_ADD)) &&
                       !same_site(content->site, checking->site);
        if (is_part || ranges_are_apart(checking->compiler, &content->range, &access->range))
            continue;
        if (content->value == access->value)
            return fail(checking, "writes", access->value, " twice");
        return fail_by(checking, "writes", access->value, " where ", content->site.kernel,
                       format_text(checking->compiler, " has written %s",
                                   checking->flow->values[content->value].name));
    }
    return true;
}

static bool has_begun(Checking *checking, const State *state, const FlowAccess *access) {
    for (int i = 0; i < state->content_count; i++)
        if (state->contents[i].value == access->value && state->contents[i].kind == FLOW_BEGIN &&
            ranges_cover(checking->compiler, &state->contents[i].range, 1, &access->range))
            return true;
    return fail(checking, "adds to", access->value, ", which nobody has begun");
}

/* Whether a write goes on where the one before it ended, as the parts of a concatenation do, each
   written by a nest of its own. */
static bool goes_on(const Content *before, const Content *content) {
    return before->kind == content->kind && before->value == content->value &&
           before->examples == content->examples && before->site.kernel == content->site.kernel &&
           range_is_whole(&before->range) && range_is_whole(&content->range) &&
           range_end(&before->range) == content->range.first;
}

/* Joins the last two writes, neither by this nest: a value of many parts is then looked through as
   if it had few. */
static void join_contents(const Checking *checking, State *state) {
    if (state->content_count < 2)
        return;
    Content *last = &state->contents[state->content_count - 1], *before = last - 1;
    if (same_site(last->site, checking->site) || !goes_on(before, last))
        return;
    before->range = (FlowRange){
        .first = before->range.first,
        .loop_count = 1,
        .loops = {{.count = range_end(&last->range) - before->range.first, .stride = 1}}};
    state->content_count--;
}

static bool check_write(Checking *checking, FlowAccess access) {
    const FlowStorage *storage = &checking->flow->storages[access.storage];
    State *state = &checking->states[access.storage];
    FlowRange path = access.range;
    bool is_unique = range_normalise(&access.range);
    if (!is_alive(checking, storage, "writes", access.value) ||
        !lies_inside(checking, storage, &access.range, "writes", access.value))
        return false;
    if (access.value == storage->given)
        return fail(checking, "writes", access.value, ", which is what the caller gave");
    if (!is_unique && access.kind != FLOW_ADD)
        return fail(checking, "writes", access.value, " several times");
    if (checking->made[access.value].is_read && access.kind != FLOW_WRITE)
        return fail(checking, "adds to", access.value, ", which has been read");
    if (access.kind == FLOW_ADD && !has_begun(checking, state, &access))
        return false;
    if (!is_read_before(checking, state, &access, &path) ||
        !is_written_once(checking, state, &access))
        return false;
    join_contents(checking, state);
    Content content = {checking->site, access.kind, access.value, access.examples, access.range};
    PUSH(checking->compiler, state->contents, state->content_count, content);
    return true;
}

/* ---- the whole ---- */

static bool check_access(Checking *checking, const FlowAccess *access) {
    bool is_read = access->kind == FLOW_READ;
    if (access->storage == FLOW_REGISTER)
        return is_read ? read_register(checking, access) : write_register(checking, access);
    return is_read ? check_read(checking, *access) : check_write(checking, *access);
}

static bool check_kernels(Checking *checking) {
    const Dataflow *flow = checking->flow;
    for (int k = 0; k < flow->kernel_count; k++)
        for (int n = 0; n < flow->kernels[k].nest_count; n++) {
            const FlowNest *nest = &flow->kernels[k].nests[n];
            checking->site = (Site){k, n};
            for (int i = 0; i < nest->access_count; i++)
                if (!check_access(checking, &nest->accesses[i]))
                    return false;
        }
    checking->site = (Site){flow->kernel_count, 0};
    return true;
}

static bool check_end(Checking *checking) {
    const Dataflow *flow = checking->flow;
    for (int i = 0; i < flow->storage_count; i++) {
        FlowAccess whole = {.value = flow->storages[i].wanted, .storage = i, .examples = FLOW_ALL};
        whole.range.loop_count = 1;
        whole.range.loops[0].count = flow->storages[i].count;
        whole.range.loops[0].stride = 1;
        if (whole.value != FLOW_NONE && !check_read(checking, whole))
            return false;
    }
    return true;
}

static bool lies_in_scratch(Checking *checking, const FlowStorage *storage) {
    const Dataflow *flow = checking->flow;
    if (storage->offset >= 0 && storage->size >= storage->count &&
        storage->offset + storage->size <= flow->size)
        return true;
    checking->breach = format_text(checking->compiler, "%s: %s lies beyond the scratch", flow->name,
                                   storage->name);
    return false;
}

static bool check_memory(Checking *checking) {
    const Dataflow *flow = checking->flow;
    for (int i = 0; i < flow->storage_count; i++)
        if (flow->storages[i].offset != FLOW_NONE && !lies_in_scratch(checking, &flow->storages[i]))
            return false;
    int one, other;
    if (!find_sharing(flow, &one, &other))
        return true;
    checking->breach =
        format_text(checking->compiler, "%s: %s lies where %s does at the same time", flow->name,
                    flow->storages[one].name, flow->storages[other].name);
    return false;
}

const char *dataflow_check(const Dataflow *flow) {
    Checking checking = {.flow = flow, .compiler = flow->compiler};
    checking.states = NEW_ARRAY(flow->compiler, State, flow->storage_count + 1);
    checking.made = NEW_ARRAY(flow->compiler, Made, flow->value_count + 1);
    if (check_memory(&checking) && check_kernels(&checking))
        check_end(&checking);
    return checking.breach;
}
