/* Two nets in one program, in C and in C++: each trains as if the other were not there. */

#include "a.h"
#include "a_b.h"

#include <stdio.h>
#include <string.h>

static const float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3};
static const float y[8] = {1, 0, 0, 1, 1, 1, 0, 0};

int main(void) {
    static a one, alone;
    static a_b two;
    static a_work one_work, alone_work;
    static a_b_work two_work;
    a_init(&one, 1);
    a_init(&alone, 1);
    a_b_init(&two, 1);
    for (int i = 0; i < 10; i++) {
        a_train_step(&one, &one_work, A_BATCH, x, y);
        a_b_train_step(&two, &two_work, A_B_BATCH, x, y);
    }
    for (int i = 0; i < 10; i++)
        a_train_step(&alone, &alone_work, 4, x, y);
    if (memcmp(&one, &alone, sizeof one) != 0 || memcmp(&one, &two, sizeof one) != 0) {
        puts("the nets are not alike");
        return 1;
    }
    return strcmp(a_network.name, "a") != 0 || strcmp(a_b_network.name, "a_b") != 0;
}
