/* Decimal text to numbers. Comes in: one cell. Goes out: its value, rounded correctly, or what
   kind of text it is instead. Short numbers take a short cut that is exact: their digits and the
   power of ten are both representable, so that one division rounds once. */

#include "host.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

/* A number in the form [sign] digits [. digits] [e [sign] digits]. */
typedef struct {
    bool is_negative, has_exponent;
    uint64_t digits; /* all digits as one integer, if digit_count <= 19 */
    int digit_count, decimals;
} Decimal;

static const char *digits_scan(const char *at, Decimal *decimal, int *count) {
    for (; *at >= '0' && *at <= '9'; at++) {
        if (decimal->digit_count < 19)
            decimal->digits = decimal->digits * 10 + (uint64_t)(*at - '0');
        if (decimal->digits > 0 && decimal->digit_count < 1000)
            decimal->digit_count++;
        if (*count < 1000)
            ++*count;
    }
    return at;
}

static const char *sign_skip(const char *at) {
    return *at == '-' || *at == '+' ? at + 1 : at;
}

static bool decimal_scan(const char *text, Decimal *decimal) {
    *decimal = (Decimal){.is_negative = *text == '-'};
    int whole = 0, exponent = 0;
    const char *at = digits_scan(sign_skip(text), decimal, &whole);
    if (*at == '.')
        at = digits_scan(at + 1, decimal, &decimal->decimals);
    if (whole + decimal->decimals == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        Decimal ignored = {0};
        decimal->has_exponent = true;
        at = digits_scan(sign_skip(at + 1), &ignored, &exponent);
        if (exponent == 0)
            return false;
    }
    return *at == '\0';
}

static bool is_word(const char *text, const char *const *words) {
    for (; *words; words++)
        if (strcasecmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_not_finite(const char *text) {
    static const char *const words[] = {"nan", "inf", "infinity", NULL};
    return is_word(sign_skip(text), words);
}

bool nn_is_missing(const char *text) {
    static const char *const words[] = {"",     "?",   ".",    "na",   "n/a",  "#n/a", "#na",
                                        "<na>", "nan", "-nan", "null", "none", "\\n",  NULL};
    return is_word(text, words);
}

static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10};

/* The short cut. For floats, digits of at most 24 bits and powers of ten up to 10^10 are exact,
   so that a float division rounds once. */
static bool short_cut(const Decimal *decimal, bool as_float, double *value) {
    uint64_t limit = (uint64_t)1 << (as_float ? 24 : 53);
    if (decimal->has_exponent || decimal->digit_count > 18 || decimal->digits > limit ||
        decimal->decimals > 10)
        return false;
    if (FLT_EVAL_METHOD != 0)
        return false;
    double digits = (double)decimal->digits, ten = tens[decimal->decimals];
    double result = as_float ? (double)((float)digits / (float)ten) : digits / ten;
    *value = decimal->is_negative ? -result : result;
    return true;
}

nn_number_kind nn_number_parse(const char *text, bool as_float, double *value) {
    Decimal decimal;
    if (!decimal_scan(text, &decimal))
        return is_not_finite(text) ? NN_NOT_FINITE : NN_NOT_A_NUMBER;
    if (!short_cut(&decimal, as_float, value))
        *value = as_float ? (double)strtof(text, NULL) : strtod(text, NULL);
    return isfinite(*value) ? NN_NUMBER : NN_NOT_FINITE;
}

bool nn_whole_parse(const char *text, uint64_t limit, uint64_t *value) {
    *value = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (*value > (limit - digit) / 10 || digit > limit)
            return false;
        *value = *value * 10 + digit;
    }
    return true;
}

bool nn_locale_enter(nn_locale *locale, nn_error *error) {
    locale->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (locale->plain == (locale_t)0)
        return nn_fail_memory(error);
    locale->before = uselocale(locale->plain);
    return true;
}

void nn_locale_leave(nn_locale *locale) {
    uselocale(locale->before);
    freelocale(locale->plain);
}
