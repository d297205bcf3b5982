/* The same bits from every compiler: both, each level of optimisation, each standard, any wider CPU,
   whatever they may contract. Five nets train for some steps, by train_step or by gradient and
   update, with net and data wherever they lie; on every target that runs here or in an emulator,
   and with --exact on the CPU of another maker. What a target's nets become is compared. The short
   run takes two nets for each target and a part of the compilers for each net, all of them in all. */

#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    bool is_clang, is_wide; /* for more than the target */
    const char *flags;
} Command;

/* The first is what the others are held against. */
static const Command commands[] = {
    {false, false, "-std=c11 -O0"},
    {true, true, "-std=gnu11 -O3"},
    {false, true, "-std=gnu11 -O2 -ffp-contract=fast"},
    {true, false, "-std=c11 -O1"},
    {false, false, "-std=gnu11 -O3"},
    {true, true, "-std=c11 -O2 -ffp-contract=on"},
    {false, true, "-std=c11 -O1"},
    {true, false, "-std=gnu11 -O0"},
};
static const char *const names[] = {"xor", "running", "digits", "skip", "wave"};
enum { COMMANDS = sizeof commands / sizeof *commands, NETS = 5 };

/* The smallest net and another one, from target to target the next. */
static bool takes_net(Target target, int net) {
    return is_long() || net == 0 || net == 1 + (int)target % (NETS - 1);
}

/* One of the others for the smallest net, for another one the one that follows; from target to target
   the next, so that there is each of them, and clang for each target. */
static bool takes(Target target, int net, int command) {
    const int others = COMMANDS - 1;
    int place = (command - 1 - (int)target * 2 + TARGETS * others) % others;
    return is_long() || command == 0 || place == (net == 0 ? 0 : 1);
}

/* Of a machine that is none of ours. */
static bool has_emulator(void) {
    return run("command -v aarch64-linux-gnu-gcc && command -v qemu-aarch64") == 0;
}

static const char *compiler_of(Target target, const Command *command) {
    if (target == TARGET_AARCH64)
        return command->is_clang ? "clang --target=aarch64-linux-gnu -static"
                                 : "aarch64-linux-gnu-gcc -static";
    return command->is_clang ? "clang" : "gcc";
}

static const char *machine_flag(Target target, const Command *command) {
    if (!command->is_wide)
        return target_flag(target);
    return target == TARGET_AARCH64    ? "-march=armv8.2-a"
           : target == widest_target() ? "-march=native"
                                       : target_flag(widest_target());
}

/* The program `program` from net_under_test.c. */
static void build(const Model *model, Variant variant, const Command *command, const char *more) {
    char flags[1024];
    program_flags(flags, sizeof flags, model, variant.is_double);
    expect_run("%s %s %s %s" RUNTIME
               "%s -DHEADER='\"net_under_test.h\"' -DSTEPS=%d -o program net_under_test.c " PROGRAMS
               "exercise.c -lm",
               compiler_of(variant.target, command), machine_flag(variant.target, command),
               command->flags, more, flags, slice_of(60, 200));
}

static void expect_bits(const char *wanted, const char *program, const char *what) {
    expect_run("%s", program);
    cr_expect_str_eq(run_output(), wanted, "%s: %s:\n%snot\n%s", what, program, run_output(),
                     wanted);
}

typedef struct {
    int net;
    Variant variant;
} Case;

/* One net in double on each target. */
ParameterizedTestParameters(bits, do_not_depend_on_the_compiler) {
    static Case cases[TARGETS * NETS];
    size_t count = 0;
    for (int target = 0; target < TARGETS; target++)
        for (int net = 0; net < NETS; net++)
            if (takes_net((Target)target, net) &&
                (target_runs_here((Target)target) || target == TARGET_AARCH64))
                cases[count++] = (Case){net, {(Target)target, UNROLL_AUTO, net == 1, false}};
    return cr_make_param_array(Case, cases, count);
}

ParameterizedTest(Case *one, bits, do_not_depend_on_the_compiler) {
    const Model *model = model_named(names[one->net]);
    bool is_emulated = !target_runs_here(one->variant.target);
    const char *program = is_emulated ? "qemu-aarch64 ./program" : "./program";
    char folder[128], wanted[8192] = "", what[256], again[64];
    char *text = model_text(model);
    snprintf(folder, sizeof folder, "bits_%s_%s", model->name, variant_name(one->variant));
    workshop_open(folder);
    if (is_emulated && !has_emulator())
        cr_skip_test("no aarch64-linux-gnu-gcc with qemu-aarch64 here");
    generate("net_under_test", text, one->variant);
    for (int i = 0; i < COMMANDS; i++) {
        if (!takes(one->variant.target, one->net, i))
            continue;
        build(model, one->variant, &commands[i], "");
        snprintf(what, sizeof what, "%s, %s, %s", folder, commands[i].is_clang ? "clang" : "gcc",
                 commands[i].flags);
        expect_run("%s", program);
        if (i == 0)
            snprintf(wanted, sizeof wanted, "%s", run_output());
        cr_expect_str_eq(run_output(), wanted, "%s:\n%snot\n%s", what, run_output(), wanted);
        for (int way = 0; way < 2; way++) {
            snprintf(again, sizeof again, "%s %s", program, way ? "split" : "moved");
            expect_bits(wanted, again, what);
        }
    }
    free(text);
    workshop_remove();
}

/* Estimates of roots differ between makers of CPUs; --exact does without. The emulator has no
   AVX-512, so that x86-64-v4 is not among these. The short run takes the first of them. */
static const Case other_cpu[] = {
    {0, {TARGET_GENERIC, UNROLL_AUTO, false, true}},
    {1, {TARGET_X86_64_V3, UNROLL_AUTO, true, true}},
    {2, {TARGET_X86_64_V3, UNROLL_AUTO, false, true}},
    {3, {TARGET_X86_64_V3, UNROLL_AUTO, false, true}},
    {4, {TARGET_X86_64_V3, UNROLL_AUTO, false, true}},
};

ParameterizedTestParameters(bits, of_exact_nets_do_not_depend_on_the_cpu) {
    static Case cases[sizeof other_cpu / sizeof *other_cpu];
    memcpy(cases, other_cpu, sizeof other_cpu);
    return cr_make_param_array(Case, cases,
                               (size_t)slice_of(2, sizeof other_cpu / sizeof *other_cpu));
}

ParameterizedTest(Case *one, bits, of_exact_nets_do_not_depend_on_the_cpu) {
    const Model *model = model_named(names[one->net]);
    const Command command = {false, false, "-std=c11 -O2"};
    char folder[128], wanted[8192];
    char *text = model_text(model);
    snprintf(folder, sizeof folder, "bits_%s_%s", model->name, variant_name(one->variant));
    workshop_open(folder);
    if (!target_runs_here(one->variant.target) || run("qemu-x86_64 -cpu EPYC /bin/true") != 0)
        cr_skip_test("no qemu-x86_64, or no CPU for the target");
    generate("net_under_test", text, one->variant);
    build(model, one->variant, &command, "-static");
    expect_run("./program");
    snprintf(wanted, sizeof wanted, "%s", run_output());
    expect_bits(wanted, "qemu-x86_64 -cpu EPYC ./program 2>/dev/null", folder);
    free(text);
    workshop_remove();
}

/* clang says nothing of -fassociative-math to what it compiles, which sees to it. */
Test(bits, do_not_depend_on_associative_math) {
    const Model *model = model_named("digits");
    const Variant variant = {TARGET_GENERIC, UNROLL_AUTO, false, false};
    const Command plain = {true, false, "-std=c11 -O1"};
    const Command loose = {true, false,
                           "-std=c11 -O1 -fassociative-math -fno-signed-zeros -fno-trapping-math"};
    char wanted[8192], *text = model_text(model);
    workshop_open("associative_math");
    generate("net_under_test", text, variant);
    build(model, variant, &plain, "");
    expect_run("./program");
    snprintf(wanted, sizeof wanted, "%s", run_output());
    build(model, variant, &loose, "");
    expect_bits(wanted, "./program", loose.flags);
    free(text);
    workshop_remove();
}

/* -ffast-math breaks what was promised: the compiler says so rather than the net. */
Test(bits, fast_math_is_refused) {
    static const char *const refused[] = {"gcc -ffast-math",         "gcc -Ofast",
                                          "clang -ffast-math",       "clang -Ofast",
                                          "gcc -freciprocal-math",   "gcc -ffinite-math-only",
                                          "clang -ffinite-math-only"};
    char *text = model_text(model_named("linear"));
    workshop_open("fast_math");
    generate("linear", text, (Variant){TARGET_C99, UNROLL_AUTO, false, false});
    expect_run("gcc -c" RUNTIME "linear.c");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        cr_assert_neq(run("%s -c" RUNTIME "linear.c", refused[i]), 0, "%s compiles", refused[i]);
        cr_assert(strstr(run_output(), "fast-math"), "%s says %s", refused[i], run_output());
    }
    free(text);
    workshop_remove();
}
