/* Prediction with outputs in the place of inputs gives the bits that it gives elsewhere: nets of
   every kind and of drawn sizes, on every target that runs here, at -O3, where compilers make the
   most of what they are told of overlaps. */

#include "long.h"
#include "workshop.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 4, LONG_ROUNDS = 40, MOST = 70, UNIT = 1 << 16 };

static uint32_t drawn = 1;

static int draw(int from, int to) {
    drawn = drawn * 1664525u + 1013904223u;
    return from + (int)((drawn >> 8) % (uint32_t)(to - from + 1));
}

/* Where in and out stand for sizes: read at once; read again at the end; stored as they come; views
   of the input; what depends on one example alone. */
static const char *const kinds[] = {
    "output dense(x, OUT)",
    "output softmax(dense(tanh(dense(x, 40)), OUT))",
    "h = tanh(dense(x, OUT))\noutput h + dense(h, OUT) * mean(x)",
    "output dense(concat(x, x^2), OUT) + sum(x)",
    "output concat(x, expand(x[0:1], [OUT]))[0:OUT]",
    "output exp(expand(reshape(x, [IN, 1]), [IN, 2]))[0, 0] + dense(exp(x), OUT)",
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void replace(char *text, const char *word, int number) {
    char with[16], rest[1024];
    snprintf(with, sizeof with, "%d", number);
    for (char *at; (at = strstr(text, word)) != NULL;) {
        strcpy(rest, at + strlen(word));
        strcpy(at, with);
        strcat(at, rest);
    }
}

static void add_one(char *unit, int number, int kind, Variant variant) {
    char text[1024], file[32];
    int in = draw(1, MOST), out = number % 3 == 0 ? in : draw(1, MOST);
    snprintf(text, sizeof text, "network one%d\ninput x[%d]\n%s\n", number, in, kinds[kind]);
    replace(text, "OUT", out);
    replace(text, "IN", in);
    snprintf(file, sizeof file, "one%d", number);
    generate(file, text, variant);
    sprintf(unit + strlen(unit), "#include \"one%d.c\"\nstatic void check_one%d(void) {\n", number,
            number);
    sprintf(unit + strlen(unit), "    CHECK_ONE(one%d, %d, %d);\n}\n", number, in, out);
}

/* Two inputs and outputs, one over the other: all shorter, all longer, and some of both. */
static void add_two(char *unit, int number, Variant variant) {
    char text[1024], file[32];
    int a = draw(20, 40), b = draw(20, 40), p, q;
    int way = number % 3, first = draw(0, 1);
    p = way == 0 ? draw(1, 20) : way == 1 ? draw(40, 70) : draw(1, 70);
    q = way == 0 ? draw(1, 20) : way == 1 ? draw(40, 70) : draw(1, 70);
    snprintf(text, sizeof text,
             "network two%d\ninput a[%d], b[%d]\nh = tanh(dense(a, 24)) + dense(b, 24)\n"
             "output dense(h, %d), dense(h * mean(a), %d) + mean(b)\n",
             number, a, b, p, q);
    snprintf(file, sizeof file, "two%d", number);
    generate(file, text, variant);
    sprintf(unit + strlen(unit), "#include \"two%d.c\"\nstatic void check_two%d(void) {\n", number,
            number);
    sprintf(unit + strlen(unit), "    CHECK_TWO(two%d, %d, %d, %d, %d, %d, %d);\n}\n", number, a, b,
            p, q, first, way < 2);
}

static void add_slope(char *unit, int number, Variant variant) {
    char text[1024], file[32];
    int in = draw(1, 12), out = draw(1, 12);
    snprintf(text, sizeof text,
             "network slope%d\ninput x[%d]\np = dense(tanh(dense(x, 9)), %d)\nderivative p by x\n"
             "output p\n",
             number, in, out);
    snprintf(file, sizeof file, "slope%d", number);
    generate(file, text, variant);
    sprintf(unit + strlen(unit), "#include \"slope%d.c\"\nstatic void check_slope%d(void) {\n",
            number, number);
    sprintf(unit + strlen(unit), "    CHECK_SLOPE(slope%d, p_by_x, %d, %d);\n}\n", number, in,
            in * out);
}

/* The nets of one round: all kinds in a long run, else some by turns. */
static void write_unit(int round, Variant variant) {
    static char unit[UNIT];
    int count = is_long() ? KINDS : 2;
    sprintf(unit, "#define REAL %s\n#include \"%sin_place.h\"\n",
            variant.is_double ? "double" : "float", PROGRAMS);
    for (int i = 0; i < count; i++)
        add_one(unit, i, (count * round + i) % KINDS, variant);
    add_two(unit, round, variant);
    add_slope(unit, round, variant);
    sprintf(unit + strlen(unit), "int main(void) {\n");
    for (int i = 0; i < count; i++)
        sprintf(unit + strlen(unit), "    check_one%d();\n", i);
    sprintf(unit + strlen(unit),
            "    check_two%d();\n    check_slope%d();\n    return failures;\n}\n", round, round);
    write_text("unit.c", unit);
}

/* With one compiler, or in a long run with both. */
static void check_round(int round, Target target, const char *flags) {
    static const char *const compilers[] = {"gcc", "clang"};
    Unroll unroll = round / 2 % 2 ? UNROLL_AUTO : UNROLL_TILE;
    write_unit(round, (Variant){target, unroll, (round + round / 2) % 2, false});
    for (int i = 0; i < 2; i++)
        if (is_long() || i == round % 2)
            expect_run("%s -std=c11 -w %s %s " RUNTIME "-I. -o unit unit.c -lm && ./unit",
                       compilers[i], flags, target_flag(target));
}

static void check_rounds(const char *folder, int rounds, const char *flags) {
    Target here[TARGETS];
    unsigned count = targets_here(here);
    workshop_open(folder);
    for (int round = 0; round < (is_long() ? LONG_ROUNDS : rounds); round++)
        check_round(round, here[((unsigned)round + (unsigned)round / count) % count], flags);
    workshop_remove();
}

Test(in_place, gives_the_bits_of_prediction_elsewhere) {
    check_rounds("in_place", ROUNDS, "-O3");
}

Test(in_place, stays_within_its_arrays) {
    drawn = 2;
    check_rounds("in_place_sanitized", 1,
                 "-O0 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all");
}
