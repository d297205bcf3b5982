/* What the tests of the runtime's headers use of Criterion, in a few lines, for machines that have
   no Criterion: test_aarch64.sh compiles them with this. One source file makes a program; each test
   runs before main, whose result is that of all. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define FAILED(text) (failures++, (void)printf("%s:%d: %s\n", __FILE__, __LINE__, text))
#define cr_expect(condition, ...) ((condition) ? (void)0 : FAILED(#condition))
#define cr_expect_not(condition, ...) cr_expect(!(condition))
#define cr_expect_eq(a, b, ...) cr_expect((a) == (b))
#define cr_expect_arr_eq(a, b, size, ...) cr_expect(memcmp(a, b, size) == 0)
#define cr_assert(condition, ...) ((condition) ? (void)0 : (FAILED(#condition), exit(1)))
#define cr_assert_eq(a, b, ...) cr_assert((a) == (b))
#define cr_assert_float_eq(a, b, distance, ...) cr_assert(fabs((a) - (b)) <= (distance))

#define Test(suite, name) TEST_OF(name)
#define TEST_OF(name) __attribute__((constructor)) static void name(void)

int main(void)
{
    printf("%d failures\n", failures);
    return failures != 0;
}
