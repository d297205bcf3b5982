#include "host.h"

#include "comma_locale.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

TestSuite(number);

static nn_number_kind parse(const char *text, double *value) {
    *value = -12345;
    return nn_number_parse(text, false, value);
}

Test(number, decimal_forms) {
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"0", 0},
        {"12", 12},
        {"-12", -12},
        {"+7", 7},
        {".5", 0.5},
        {"5.", 5},
        {"-0.25", -0.25},
        {"1e3", 1000},
        {"1E-3", 0.001},
        {"1e+2", 100},
        {"0.1", 0.1},
        {"0.3", 0.3},
        {"123456.789", 123456.789},
        {"00012", 12},
        {"1e-400", 0},
        {"0e999999999", 0},
        {"9007199254740993", 9007199254740992.0},
        {"1.7976931348623157e308", DBL_MAX},
        {"4.9e-324", 4.9e-324},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value;
        cr_assert_eq(parse(rows[i].text, &value), NN_NUMBER, "%s", rows[i].text);
        cr_assert_eq(value, rows[i].value, "%s gave %.17g", rows[i].text, value);
    }
}

Test(number, the_sign_of_zero_stays) {
    double value;
    cr_assert_eq(parse("-0", &value), NN_NUMBER);
    cr_assert(signbit(value));
}

Test(number, other_text_is_no_number) {
    static const char *const rows[] = {
        "",       "-",   "+",     ".",     "e5",   "1e",       "1e+",
        "1.2.3",  "1,5", "0x10",  "12a",   "a12",  "--1",      "+-1",
        " 1",     "1 ",  "\t1",   "1e5.0", "nano", "infinit",  "1_000",
        "nan(1)", "1f",  "0x1p3", "1e 5",  "1\n",  "\xC2\xA0", "\xEF\xBC\x91",
        "1-2",    "i"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value;
        cr_assert_eq(parse(rows[i], &value), NN_NOT_A_NUMBER, "'%s'", rows[i]);
    }
}

Test(number, what_is_not_finite) {
    static const char *const rows[] = {"nan",  "NaN",       "-nan",  "inf",
                                       "-INF", "+Infinity", "1e999", "-1e309"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value;
        cr_assert_eq(parse(rows[i], &value), NN_NOT_FINITE, "'%s'", rows[i]);
    }
    double value;
    cr_assert_eq(nn_number_parse("1e39", true, &value), NN_NOT_FINITE);
    cr_assert_eq(nn_number_parse("1e39", false, &value), NN_NUMBER);
}

/* Rounding twice, to double and then to float, would give 1 here: the number lies just above half
   way to the next float. */
Test(number, a_float_is_rounded_once) {
    double value;
    cr_assert_eq(nn_number_parse("1.00000005960464477540", true, &value), NN_NUMBER);
    cr_assert_eq(value, (double)nextafterf(1, 2));
    cr_assert_eq(nn_number_parse("16777217", true, &value), NN_NUMBER);
    cr_assert_eq(value, 16777216.0);
    cr_assert_eq(nn_number_parse("0.1", true, &value), NN_NUMBER);
    cr_assert_eq(value, (double)0.1f);
}

/* The short cut against the C library, over many short decimals. */
Test(number, agrees_with_the_library) {
    srand(1);
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double value;
        snprintf(text, sizeof text, "%s%d.%0*d", i % 2 ? "-" : "", rand() % 100000, 1 + i % 9,
                 rand() % (i % 9 < 3 ? 10 : 1000));
        cr_assert_eq(nn_number_parse(text, false, &value), NN_NUMBER);
        cr_assert_eq(value, strtod(text, NULL), "%s", text);
        cr_assert_eq(nn_number_parse(text, true, &value), NN_NUMBER);
        cr_assert_eq(value, (double)strtof(text, NULL), "%s", text);
    }
}

Test(number, what_stands_for_none) {
    static const char *const words[] = {"",     "?",   ".",    "NA",   "na",   "N/A",  "#N/A",
                                        "<NA>", "NaN", "-nan", "NULL", "null", "None", "\\N"};
    static const char *const others[] = {"0", "-", "inf", "n", "missing", " ", "N A"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cr_assert(nn_is_missing(words[i]), "%s", words[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_not(nn_is_missing(others[i]), "%s", others[i]);
}

Test(number, whole_numbers) {
    uint64_t value;
    cr_assert(nn_whole_parse("18446744073709551615", UINT64_MAX, &value));
    cr_assert_eq(value, UINT64_MAX);
    cr_assert(nn_whole_parse("007", 10, &value));
    cr_assert_eq(value, 7);
    cr_assert(nn_whole_parse("10", 10, &value));
    cr_assert(nn_whole_parse("0", 0, &value));
    static const char *const wrong[] = {"",    "-1", "+1", "1.0",
                                        "1e3", "11", " 1", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_not(nn_whole_parse(wrong[i], 10, &value), "'%s'", wrong[i]);
    cr_assert_not(nn_whole_parse("18446744073709551616", UINT64_MAX, &value));
    cr_assert_not(nn_whole_parse("1", 0, &value));
}

Test(number, a_locale_changes_nothing, .init = scratch_open, .fini = scratch_close) {
    nn_error error;
    nn_locale locale;
    double value;
    if (!comma_locale_set(scratch_folder()))
        cr_skip_test("no locale with a decimal comma can be made here");
    cr_assert_eq(nn_number_parse("1.25e0", false, &value), NN_NUMBER);
    cr_assert_eq(value, 1); /* as the locale has it */
    locale_t before = uselocale((locale_t)0);
    cr_assert(nn_locale_enter(&locale, &error));
    cr_assert_neq(uselocale((locale_t)0), before);
    cr_assert_eq(nn_number_parse("1.25e0", false, &value), NN_NUMBER);
    cr_assert_eq(value, 1.25);
    nn_locale_leave(&locale);
    cr_assert_eq(uselocale((locale_t)0), before);
}
