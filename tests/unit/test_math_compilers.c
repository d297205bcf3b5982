/* nn_math.h and nn_random.h compiled in many ways: no warning, and for one target the same bits
   from every compiler, optimisation level, dialect, wider machine and number of lanes. Compiles
   math_bits.c; compilers that are not installed are left out, and what this CPU cannot run. The
   short run takes a slice of the ways, with each compiler, level and form. */

#define _GNU_SOURCE
#include "long.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const warnings =
    "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wunknown-pragmas -Werror";

static const char *const compilers[] = { "gcc", "clang" };
/* Targets that share their bits, and options to compile them with. */
typedef struct {
    const char *forms[3];
    const char *options[8];
    int slice; /* the short run takes each so many'th way */
} Group;

static const Group portable = {
    { "-DNN_TARGET=NN_GENERIC", "-DNN_TARGET=NN_C99" },
    { "-O0 -std=c11", "-O2 -std=gnu11 -march=x86-64-v3", "-O3 -std=gnu11", "-O2 -std=c99",
      "-O3 -std=gnu99 -march=x86-64-v3 -funroll-loops", "-O2 -std=gnu11 -march=x86-64-v4",
      "-O2 -std=gnu11 -fsanitize=address,undefined -fno-sanitize-recover=all" },
    6,
};
static const Group v3 = {
    { "-DNN_TARGET=NN_X86_64_V3" },
    { "-O0 -std=c11 -march=x86-64-v3", "-O2 -std=gnu11 -mavx2 -mfma",
      "-O3 -std=gnu11 -march=x86-64-v4" },
    3,
};
static const Group v4 = {
    { "-DNN_TARGET=NN_X86_64_V4 -DNN_ESTIMATES=!NN_DOUBLE" },
    { "-O0 -std=c11 -march=x86-64-v4", "-O3 -std=gnu11 -march=x86-64-v4 -mtune=native" },
    2,
};
static const Group v4_exact = {
    { "-DNN_TARGET=NN_X86_64_V4" },
    { "-O0 -std=c11 -march=x86-64-v4", "-O2 -std=gnu11 -march=x86-64-v4" },
    2,
};

/* Whether the options are for a wider machine than this. */
static int is_too_wide(const char *option)
{
#if defined(__x86_64__)
    if (strstr(option, "x86-64-v4") && !__builtin_cpu_supports("avx512vl"))
        return 1;
    return strstr(option, "x86-64-v3") && !__builtin_cpu_supports("fma");
#else
    return strstr(option, "x86-64") != NULL;
#endif
}

static int is_installed(const char *compiler)
{
    char command[200];
    snprintf(command, sizeof command, "%s --version > /dev/null 2>&1", compiler);
    return system(command) == 0;
}

/* Compiles and runs math_bits.c; its output goes to `line`. False after a warning, an error or a
   crash. */
static int bits_of(const char *compiler, const char *option, const char *form, char line[100])
{
    char command[2000], program[] = NNGEN_SCRATCH "/math_bits.XXXXXX";
    int file = mkstemp(program);
    cr_assert(file >= 0);
    close(file);
    snprintf(command, sizeof command,
             "%s %s %s %s -I" NNGEN_SOURCE "/runtime -I" NNGEN_SOURCE "/tests/unit " NNGEN_SOURCE
             "/tests/unit/math_bits.c"
             " -o %s -lm && NN_SWEEP=262147 %s",
             compiler, option, form, warnings, program, program);
    FILE *pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    int read = fgets(line, 100, pipe) != NULL;
    int status = pclose(pipe);
    unlink(program);
    return read && status == 0;
}

/* One compiler's bits, all ways, against `first`, which the first of all sets. */
static void expect_bits(int number, const Group *group, int is_double, char first[100])
{
    const char *compiler = compilers[number];
    for (const char *const *option = group->options; *option; option++)
        for (const char *const *target = group->forms; *target; target++) {
            char form[200], line[100];
            int way = (int)(option - group->options + (target - group->forms)) + number + is_double;
            snprintf(form, sizeof form, "%s -DNN_DOUBLE=%d", *target, is_double);
            if (is_too_wide(*option) || way % slice_of(group->slice, 1))
                continue;
            cr_assert(bits_of(compiler, *option, form, line), "%s %s %s", compiler, *option, form);
            if (first[0] == '\0')
                strcpy(first, line);
            cr_expect_str_eq(line, first, "%s %s %s: %s, not %s", compiler, *option, form, line,
                             first);
        }
}

static void expect_equal_bits(const Group *group)
{
    if (is_too_wide(group->options[0]))
        cr_skip_test("this CPU lacks the instructions");
    for (int is_double = 0; is_double < 2; is_double++) {
        char first[100] = "";
        for (size_t i = 0; i < sizeof compilers / sizeof compilers[0]; i++)
            if (is_installed(compilers[i]))
                expect_bits((int)i, group, is_double, first);
        cr_expect_str_neq(first, "");
        cr_expect_not_null(strstr(first, " 0\n"), "lanes differ: %s", first);
    }
}

Test(math_compilers, portable_bits_are_the_same_everywhere) { expect_equal_bits(&portable); }
Test(math_compilers, v3_bits_are_the_same_everywhere) { expect_equal_bits(&v3); }
Test(math_compilers, v4_bits_are_the_same_everywhere) { expect_equal_bits(&v4); }
Test(math_compilers, v4_exact_bits_are_the_same_everywhere) { expect_equal_bits(&v4_exact); }

/* A target that is compiled for less names the flag to add. */
Test(math_compilers, less_than_the_target_needs_is_an_error)
{
    static const char *const refused[][3] = {
        { "-DNN_TARGET=NN_X86_64_V3", "", "add -mavx2 -mfma, or -march=x86-64-v3" },
        { "-DNN_TARGET=NN_X86_64_V3", "-mavx2", "add -mavx2 -mfma, or -march=x86-64-v3" },
        { "-DNN_TARGET=NN_X86_64_V4", "-march=x86-64-v3", "add -march=x86-64-v4" },
        { "-DNN_TARGET=NN_AARCH64", "", "aarch64-linux-gnu-gcc" },
        { "-DNN_TARGET=NN_GENERIC -DNN_ESTIMATES=1", "", "this target has none for this type of numbers" },
        { "-DNN_TARGET=7", "", "NN_TARGET must be" },
    };
#if !defined(__x86_64__)
    cr_skip_test("not an x86-64");
#endif
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char command[1000];
        snprintf(command, sizeof command,
                 "! " NNGEN_CC " -DNN_DOUBLE=0 %s %s -fsyntax-only -I" NNGEN_SOURCE "/runtime"
                 " -include nn_math.h -x c /dev/null 2>&1 | grep -q -- '%s'",
                 refused[i][0], refused[i][1], refused[i][2]);
        cr_expect_neq(system(command), 0, "%s %s", refused[i][0], refused[i][1]);
    }
}

/* The committed coefficients are what the script that explains them computes. */
Test(math_compilers, coefficients_are_those_of_the_fit)
{
    const char *command = "python3 " NNGEN_SOURCE "/tests/numeric/fit.py " NNGEN_SOURCE
                          "/runtime/nn_coefficients.h";
    if (!is_installed("python3"))
        cr_skip_test("no python3");
    cr_expect_eq(system(command), 0);
}

/* Options that change results are refused. */
Test(math_compilers, fast_math_is_an_error)
{
    char line[100];
    cr_expect_not(bits_of("gcc", "-O2 -std=gnu11 -ffast-math 2> /dev/null",
                          "-DNN_DOUBLE=0 -DNN_TARGET=NN_C99", line));
}
