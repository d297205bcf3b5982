/* nn_math.h and nn_random.h compiled in many ways: no warning, and the same bits from every
   compiler, optimisation level, dialect, width and number of lanes. Compiles math_bits.c;
   compilers that are not installed are left out. */

#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const warnings =
    "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wunknown-pragmas -Werror";

static const char *const compilers[] = { "gcc", "clang" };
static const char *const options[] = {
    "-O0 -std=c11",
    "-O2 -std=c99",
    "-O3 -std=gnu11",
    "-O2 -std=gnu11 -march=x86-64-v3",
    "-O3 -std=gnu99 -march=x86-64-v3 -funroll-loops",
    "-O2 -std=gnu11 -fsanitize=address,undefined -fno-sanitize-recover=all",
};
static const char *const forms[2][2] = {
    { "-DNN_DOUBLE=0 -DNN_LANES=4", "-DNN_DOUBLE=0 -DNN_LANES=1" },
    { "-DNN_DOUBLE=1 -DNN_LANES=2", "-DNN_DOUBLE=1 -DNN_LANES=1" },
};

static int is_wide(const char *option) { return strstr(option, "x86-64-v3") != NULL; }

static int machine_is_wide(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 0;
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
             "%s %s %s %s -I" NNGEN_SOURCE "/runtime " NNGEN_SOURCE "/tests/unit/math_bits.c"
             " -o %s -lm && NN_SWEEP=65537 %s",
             compiler, option, form, warnings, program, program);
    FILE *pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    int read = fgets(line, 100, pipe) != NULL;
    int status = pclose(pipe);
    unlink(program);
    return read && status == 0;
}

static void expect_equal_bits(int is_double)
{
    char first[100] = "", line[100];
    for (size_t compiler = 0; compiler < sizeof compilers / sizeof compilers[0]; compiler++)
        for (size_t i = 0;
             is_installed(compilers[compiler]) && i < sizeof options / sizeof options[0]; i++)
            for (int scalar = 0; scalar < 2; scalar++) {
                const char *form = forms[is_double][scalar];
                if (is_wide(options[i]) && !machine_is_wide())
                    continue;
                cr_assert(bits_of(compilers[compiler], options[i], form, line), "%s %s %s",
                          compilers[compiler], options[i], form);
                if (first[0] == '\0')
                    strcpy(first, line);
                cr_expect_str_eq(line, first, "%s %s %s: %s, not %s", compilers[compiler],
                                 options[i], form, line, first);
            }
    cr_expect_str_neq(first, "");
    cr_expect_not_null(strstr(first, " 0\n"), "lanes differ: %s", first);
}

Test(math_compilers, floats_have_the_same_bits_everywhere) { expect_equal_bits(0); }
Test(math_compilers, doubles_have_the_same_bits_everywhere) { expect_equal_bits(1); }

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
    cr_expect_not(bits_of("gcc", "-O2 -std=gnu11 -ffast-math 2> /dev/null", forms[0][0], line));
}
