/* dataflow: each rule of a plan, kept and broken, in plans written by hand; and ranges. */

#include "fuse/fuse.h"

#include <criterion/criterion.h>
#include <string.h>

enum { X, H, Y, VALUES };                 /* values: X is given */
enum { IN, OUT, ARRAY, OTHER, STORAGES }; /* storages: OUT is where Y is wanted */

static FlowValue values[VALUES];
static FlowStorage storages[STORAGES];
static FlowKernel kernels[3];
static FlowNest nests[3][3];
static FlowAccess accesses[3][3][8];
static Compiler compiler;
static Dataflow flow;

/* A plan without kernels: X is given in IN, Y wanted in OUT, 8 elements each. */
static void open_plan(void) {
    memset(kernels, 0, sizeof kernels);
    memset(nests, 0, sizeof nests);
    const FlowStorage plain = {.count = 8,
                               .given = FLOW_NONE,
                               .wanted = FLOW_NONE,
                               .kernel = FLOW_NONE,
                               .offset = FLOW_NONE,
                               .size = 8,
                               .last = 3};
    for (int i = 0; i < STORAGES; i++)
        storages[i] = plain;
    storages[IN].given = X;
    storages[OUT].wanted = Y;
    storages[ARRAY].name = "array";
    storages[OTHER].name = "other";
    values[X] = (FlowValue){.name = "x"};
    values[H] = (FlowValue){.name = "h"};
    values[Y] = (FlowValue){.name = "y"};
    compiler = (Compiler){.arena = arena_new()};
    flow = (Dataflow){.compiler = &compiler,
                      .name = "f",
                      .size = 64,
                      .kernel_count = 0,
                      .storage_count = STORAGES,
                      .value_count = VALUES,
                      .kernels = kernels,
                      .storages = storages,
                      .values = values};
}

static FlowAccess whole(FlowKind kind, int value, int storage) {
    FlowAccess access = {.kind = kind, .value = value, .storage = storage};
    access.range.loop_count = 1;
    access.range.loops[0].count = 8;
    access.range.loops[0].stride = 1;
    return access;
}

static FlowAccess part(FlowKind kind, int value, int storage, int64_t first, int64_t count) {
    FlowAccess access = whole(kind, value, storage);
    access.range.first = first;
    access.range.loops[0].count = count;
    return access;
}

static FlowAccess at(FlowMoment moment, FlowAccess access) {
    access.moment = moment;
    return access;
}

static FlowAccess of(FlowExamples examples, FlowAccess access) {
    access.examples = examples;
    return access;
}

static void add(int kernel, int nest, FlowAccess access) {
    static const char *const names[] = {"a", "b", "c"};
    if (kernel >= flow.kernel_count)
        flow.kernel_count = kernel + 1;
    if (nest >= kernels[kernel].nest_count)
        kernels[kernel].nest_count = nest + 1;
    kernels[kernel].name = names[kernel];
    kernels[kernel].nests = nests[kernel];
    nests[kernel][nest].accesses = accesses[kernel][nest];
    accesses[kernel][nest][nests[kernel][nest].access_count++] = access;
}

/* That the check says this, NULL: that the plan is right; and ends the plan. */
static void expect_problem(const char *expected) {
    const char *problem = dataflow_check(&flow);
    if (expected) {
        cr_expect(problem && strcmp(problem, expected) == 0, "'%s', not '%s'",
                  problem ? problem : "fine", expected);
    } else {
        cr_expect_null(problem, "%s", problem);
    }
    arena_free(compiler.arena);
}

/* X to H in ARRAY to Y in OUT, in the kernels of these numbers. */
static void open_chain(int first, int second) {
    open_plan();
    add(first, 0, whole(FLOW_READ, X, IN));
    add(first, 0, whole(FLOW_WRITE, H, ARRAY));
    add(second, first == second, whole(FLOW_READ, H, ARRAY));
    add(second, first == second, whole(FLOW_WRITE, Y, OUT));
}

Test(dataflow, what_is_read_is_written_before) {
    open_chain(0, 1);
    expect_problem(NULL);
    open_chain(0, 0);
    expect_problem(NULL);
    open_chain(1, 0);
    expect_problem("f: kernel a reads h, which nobody has written yet");
    open_chain(0, 1);
    accesses[1][0][0].storage = OTHER;
    expect_problem("f: kernel b reads h, which nobody has written yet");
}

/* As where a product takes a value that was moved behind it. */
Test(dataflow, a_body_comes_before_its_epilogue) {
    open_plan();
    add(0, 0, whole(FLOW_READ, X, IN));
    add(0, 0, whole(FLOW_READ, H, ARRAY));
    add(0, 0, at(FLOW_EPILOGUE, whole(FLOW_WRITE, H, ARRAY)));
    add(0, 0, at(FLOW_EPILOGUE, whole(FLOW_WRITE, Y, OUT)));
    expect_problem("f: kernel a reads h, which nobody has written yet");
    open_plan();
    add(0, 0, at(FLOW_EPILOGUE, whole(FLOW_WRITE, H, ARRAY)));
    add(0, 0, whole(FLOW_READ, H, ARRAY));
    add(0, 0, whole(FLOW_WRITE, Y, OUT));
    expect_problem("f: kernel a reads h in the loops that make it");
}

Test(dataflow, all_parts_are_written_before) {
    open_chain(0, 1);
    accesses[0][0][1] = part(FLOW_WRITE, H, ARRAY, 0, 5);
    expect_problem("f: kernel b reads h, of which a part is not written yet");
    open_chain(0, 1);
    accesses[0][0][1] = part(FLOW_WRITE, H, ARRAY, 0, 5);
    add(0, 1, part(FLOW_WRITE, H, ARRAY, 5, 3));
    expect_problem(NULL);
    open_chain(0, 1);
    accesses[0][0][1] = part(FLOW_WRITE, H, ARRAY, 2, 5);
    accesses[1][0][0] = part(FLOW_READ, H, ARRAY, 3, 4);
    expect_problem(NULL);
}

Test(dataflow, what_is_wanted_in_the_end_is_there) {
    open_plan();
    add(0, 0, whole(FLOW_READ, X, IN));
    expect_problem("f: the caller reads y, which nobody has written yet");
    open_plan();
    add(0, 0, part(FLOW_WRITE, Y, OUT, 0, 7));
    expect_problem("f: the caller reads y, of which a part is not written yet");
    open_plan();
    storages[IN].wanted = X;
    add(0, 0, whole(FLOW_WRITE, Y, OUT));
    add(0, 0, part(FLOW_WRITE, H, IN, 2, 1));
    expect_problem("f: the caller reads x after kernel a has overwritten it");
}

Test(dataflow, nothing_is_overwritten_that_is_still_read) {
    open_chain(0, 1);
    add(0, 1, part(FLOW_WRITE, Y, IN, 0, 4));
    add(1, 0, part(FLOW_READ, X, IN, 4, 4));
    expect_problem(NULL);
    open_chain(0, 1);
    add(0, 1, part(FLOW_WRITE, Y, IN, 0, 4));
    add(1, 0, part(FLOW_READ, X, IN, 3, 4));
    expect_problem("f: kernel b reads x after kernel a has overwritten it");
}

/* As a parameter is read and written by its update. */
Test(dataflow, an_element_is_read_and_overwritten_in_step) {
    open_plan();
    add(0, 0, whole(FLOW_READ, X, IN));
    add(0, 0, whole(FLOW_WRITE, H, IN));
    add(0, 0, whole(FLOW_WRITE, Y, OUT));
    expect_problem(NULL);
    open_plan();
    add(0, 0, part(FLOW_READ, X, IN, 1, 7));
    add(0, 0, part(FLOW_WRITE, H, IN, 0, 7));
    add(0, 0, whole(FLOW_WRITE, Y, OUT));
    expect_problem("f: kernel a overwrites x in the loops that read it");
    open_plan();
    add(0, 0, whole(FLOW_READ, X, IN));
    add(0, 0, at(FLOW_EPILOGUE, whole(FLOW_WRITE, H, IN)));
    add(0, 0, whole(FLOW_WRITE, Y, OUT));
    expect_problem("f: kernel a overwrites x in the loops that read it");
    open_plan();
    add(0, 0, whole(FLOW_WRITE, H, IN));
    add(0, 0, whole(FLOW_READ, X, IN));
    add(0, 0, whole(FLOW_WRITE, Y, OUT));
    expect_problem("f: kernel a reads x after kernel a has overwritten it");
}

Test(dataflow, each_element_is_written_once) {
    open_chain(0, 1);
    add(1, 1, part(FLOW_WRITE, H, ARRAY, 7, 1));
    expect_problem("f: kernel b writes h twice");
    open_chain(0, 1);
    add(1, 1, part(FLOW_WRITE, Y, ARRAY, 7, 1));
    expect_problem("f: kernel b writes y where kernel a has written h");
    open_chain(0, 1);
    accesses[0][0][1].range.loops[0].stride = 0;
    expect_problem("f: kernel a writes h several times");
    open_chain(0, 1);
    add(1, 0, whole(FLOW_WRITE, X, IN));
    expect_problem("f: kernel b writes x, which is what the caller gave");
    open_chain(0, 1);
    accesses[0][0][1].range.first = 1;
    expect_problem("f: kernel a writes h beyond its memory");
}

Test(dataflow, a_sum_is_begun_and_continued) {
    open_plan();
    add(0, 0, whole(FLOW_BEGIN, H, ARRAY));
    add(0, 1, whole(FLOW_ADD, H, ARRAY));
    add(0, 2, part(FLOW_ADD, H, ARRAY, 0, 4));
    add(1, 0, whole(FLOW_READ, H, ARRAY));
    add(1, 0, whole(FLOW_WRITE, Y, OUT));
    expect_problem(NULL);
    open_plan();
    add(0, 0, whole(FLOW_BEGIN, H, ARRAY)); /* zeros around, of which alone is read */
    add(0, 1, part(FLOW_WRITE, H, ARRAY, 2, 4));
    add(1, 0, part(FLOW_READ, H, ARRAY, 0, 2));
    add(1, 0, whole(FLOW_WRITE, Y, OUT));
    expect_problem(NULL);
    open_plan();
    add(0, 0, whole(FLOW_ADD, H, ARRAY));
    expect_problem("f: kernel a adds to h, which nobody has begun");
    open_plan();
    add(0, 0, part(FLOW_BEGIN, H, ARRAY, 0, 4));
    add(0, 1, whole(FLOW_ADD, H, ARRAY));
    expect_problem("f: kernel a adds to h, which nobody has begun");
    open_plan();
    add(0, 0, whole(FLOW_BEGIN, H, ARRAY));
    add(1, 0, whole(FLOW_READ, H, ARRAY));
    expect_problem("f: kernel b reads h, which is only begun");
    open_plan();
    add(0, 0, whole(FLOW_BEGIN, H, ARRAY));
    add(0, 1, whole(FLOW_ADD, H, ARRAY));
    add(1, 0, whole(FLOW_READ, H, ARRAY));
    add(2, 0, whole(FLOW_ADD, H, ARRAY));
    expect_problem("f: kernel c adds to h, which has been read");
}

static void open_by_example(FlowExamples written, FlowExamples read, bool goes_by_example) {
    open_chain(0, 0);
    kernels[0].goes_by_example = goes_by_example;
    accesses[0][0][1] = of(written, accesses[0][0][1]);
    accesses[0][1][0] = of(read, accesses[0][1][0]);
}

Test(dataflow, one_example_does_not_know_the_others) {
    open_by_example(FLOW_OWN, FLOW_OWN, true);
    expect_problem(NULL);
    open_by_example(FLOW_OWN, FLOW_ALL, false);
    expect_problem(NULL);
    open_by_example(FLOW_OWN, FLOW_ALL, true);
    expect_problem("f: kernel a reads h of all examples where it makes one");
}

Test(dataflow, a_value_is_made_in_one_place) {
    FlowAccess make = whole(FLOW_WRITE, H, FLOW_REGISTER),
               take = whole(FLOW_READ, H, FLOW_REGISTER);
    open_plan();
    add(0, 0, make);
    add(0, 0, take);
    add(0, 0, whole(FLOW_WRITE, Y, OUT));
    add(1, 0, make);
    expect_problem("f: kernel b makes h, which kernel a has made");
    open_plan();
    values[H].is_made_again = true;
    add(0, 0, make);
    add(0, 0, whole(FLOW_WRITE, Y, OUT));
    add(1, 0, make);
    add(1, 0, take);
    expect_problem(NULL);
}

Test(dataflow, registers_last_as_long_as_their_loops) {
    FlowAccess make = whole(FLOW_WRITE, H, FLOW_REGISTER),
               take = whole(FLOW_READ, H, FLOW_REGISTER);
    open_plan();
    add(0, 0, take);
    expect_problem("f: kernel a reads h, which nobody has made yet");
    open_plan();
    add(0, 0, make);
    add(0, 1, take);
    expect_problem("f: kernel a reads h, which it has not at hand");
    open_plan();
    add(0, 0, make);
    add(0, 0, at(FLOW_EPILOGUE, take));
    expect_problem("f: kernel a reads h, which it has not at hand");
    make.range.loop_count = 0; /* a number */
    open_plan();
    add(0, 0, make);
    add(0, 1, take);
    add(0, 1, whole(FLOW_WRITE, Y, OUT));
    expect_problem(NULL);
    open_plan();
    add(0, 0, make);
    add(1, 0, take);
    expect_problem("f: kernel b reads h, which it has not at hand");
}

static void open_scratch(int64_t offset, int last) {
    open_chain(0, 1);
    storages[ARRAY].offset = offset;
    storages[ARRAY].last = last;
}

Test(dataflow, memory_is_kept_as_long_as_it_is_used) {
    open_scratch(56, 1);
    expect_problem(NULL);
    open_scratch(56, 0);
    expect_problem("f: kernel b reads h, whose memory is not kept so long");
    open_scratch(57, 1);
    expect_problem("f: array lies beyond the scratch");
    open_chain(0, 1);
    storages[ARRAY].kernel = 0;
    expect_problem("f: kernel b reads h, which only kernel a has");
    open_chain(0, 1);
    storages[OUT].offset = 0;
    storages[OUT].last = 1;
    expect_problem("f: the caller reads y, whose memory is not kept so long");
}

Test(dataflow, memory_is_shared_by_what_does_not_meet) {
    open_scratch(8, 1);
    storages[OTHER].offset = 16;
    expect_problem(NULL);
    open_scratch(8, 1);
    storages[OTHER].offset = 1;
    expect_problem("f: other lies where array does at the same time");
    open_scratch(8, 1);
    storages[OTHER].offset = 8;
    storages[OTHER].first = 2;
    expect_problem(NULL);
}

/* `count` by `inner` elements, `stride` apart, from `first` on. */
static FlowRange block(int64_t first, int64_t count, int64_t stride, int64_t inner) {
    FlowRange range = {.first = first, .loop_count = 2};
    range.loops[0].count = count;
    range.loops[0].stride = stride;
    range.loops[1].count = inner;
    range.loops[1].stride = 1;
    return range;
}

Test(dataflow, ranges_are_what_their_loops_come_to) {
    FlowRange range = block(3, 4, 5, 5);
    cr_expect(range_normalise(&range));
    cr_expect_eq(range.loop_count, 1);
    cr_expect_eq(range_end(&range), 23);
    range = block(3, 4, 2, 5); /* every other element from two sides */
    cr_expect_not(range_normalise(&range));
    cr_expect_eq(range_end(&range), 14);
    range = block(9, 4, -2, 1);
    cr_expect(range_normalise(&range));
    cr_expect_eq(range.first, 3);
    cr_expect_eq(range_end(&range), 10);
}

Test(dataflow, ranges_cover_and_are_apart_element_by_element) {
    compiler = (Compiler){.arena = arena_new()};
    FlowRange parts[] = {block(0, 4, 10, 6), block(6, 4, 10, 4)}, all = block(0, 1, 1, 40);
    for (int i = 0; i < 2; i++)
        range_normalise(&parts[i]);
    range_normalise(&all);
    cr_expect(ranges_are_apart(&compiler, &parts[0], &parts[1]));
    cr_expect(ranges_cover(&compiler, parts, 2, &all));
    cr_expect_not(ranges_cover(&compiler, parts, 1, &all));
    parts[1].first = 5;
    cr_expect_not(ranges_are_apart(&compiler, &parts[0], &parts[1]));
    cr_expect_not(ranges_cover(&compiler, parts, 2, &all));
    FlowRange column = block(5, 4, 10, 1);
    range_normalise(&column);
    cr_expect(ranges_cover(&compiler, parts, 1, &column));
    column.first = 6;
    cr_expect_not(ranges_cover(&compiler, parts, 1, &column));
    arena_free(compiler.arena);
}

Test(dataflow, elements_lie_inside_their_memory) {
    static const int64_t firsts[] = {-1, 1};
    for (int i = 0; i < 2; i++) {
        open_chain(0, 1);
        accesses[0][0][0].range.first = firsts[i];
        expect_problem("f: kernel a reads x beyond its memory");
        open_chain(0, 1);
        accesses[0][0][1].range.first = firsts[i];
        expect_problem("f: kernel a writes h beyond its memory");
    }
}

Test(dataflow, memory_lies_inside_the_scratch) {
    open_scratch(8, 1);
    storages[OTHER].offset = -2;
    expect_problem("f: other lies beyond the scratch");
    open_scratch(8, 1);
    storages[OTHER].offset = 57;
    expect_problem("f: other lies beyond the scratch");
    open_scratch(8, 1);
    storages[ARRAY].size = 7;
    expect_problem("f: array lies beyond the scratch");
}

/* As loops of other counts and steps: the same elements, in another order. */
Test(dataflow, loops_in_step_have_the_same_counts_and_steps) {
    static const FlowRange seen = {.loop_count = 2, .loops = {{2, 4}, {4, 1}}};
    static const FlowRange other[] = {
        {.loop_count = 2, .loops = {{4, 2}, {2, 1}}},
        {.loop_count = 2, .loops = {{4, 1}, {2, 4}}},
        {.loop_count = 1, .loops = {{8, 1}}},
        {.loop_count = 3, .loops = {{2, 4}, {2, 2}, {2, 1}}},
    };
    for (int i = 0; i < 5; i++) {
        open_plan();
        FlowAccess read = whole(FLOW_READ, X, IN), write = whole(FLOW_WRITE, H, IN);
        read.range = seen;
        write.range = i < 4 ? other[i] : seen;
        add(0, 0, read);
        add(0, 0, write);
        add(0, 0, whole(FLOW_WRITE, Y, OUT));
        expect_problem(i < 4 ? "f: kernel a overwrites x in the loops that read it" : NULL);
    }
}
