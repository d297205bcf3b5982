/* What the tests of the runtime's headers and numeric/test_random.c use of Criterion, in a few
   lines, for machines that have no Criterion: test_aarch64.sh and test_random_aarch64.sh compile
   them with this. One source file of tests makes a program; each test runs before main, whose
   result is that of all. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed_checks;

#define FAILED(text, ...)                                                                          \
    (failed_checks++, (void)printf("%s:%d: %s\n", __FILE__, __LINE__, text), (void)printf(" " __VA_ARGS__))
#define cr_expect(condition, ...) ((condition) ? (void)0 : FAILED(#condition, __VA_ARGS__))
#define cr_expect_not(condition, ...) cr_expect(!(condition), __VA_ARGS__)
#define cr_expect_eq(a, b, ...) cr_expect((a) == (b), __VA_ARGS__)
#define cr_expect_gt(a, b, ...) cr_expect((a) > (b), __VA_ARGS__)
#define cr_expect_leq(a, b, ...) cr_expect((a) <= (b), __VA_ARGS__)
#define cr_expect_arr_eq(a, b, size, ...) cr_expect(memcmp(a, b, size) == 0, __VA_ARGS__)
#define cr_assert(condition, ...)                                                                  \
    ((condition) ? (void)0 : (FAILED(#condition, __VA_ARGS__), exit(1)))
#define cr_assert_eq(a, b, ...) cr_assert((a) == (b), __VA_ARGS__)
#define cr_assert_gt(a, b, ...) cr_assert((a) > (b), __VA_ARGS__)
#define cr_assert_float_eq(a, b, distance, ...) cr_assert(fabs((a) - (b)) <= (distance), __VA_ARGS__)

#define Test(suite, name) TEST_OF(name)
#define TEST_OF(name) __attribute__((constructor)) static void name(void)

int main(void)
{
    printf("%d failures\n", failed_checks);
    return failed_checks != 0;
}
