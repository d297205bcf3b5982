/* Lines of numbers in the text files that Python scripts wrote, for the tests that compare with
   them. */

#ifndef NUMBERS_H
#define NUMBERS_H

#include <stdio.h>

enum { NUMBERS = 200 }; /* on a line, at most */

typedef struct {
    int count;
    double values[NUMBERS];
} Numbers;

/* The numbers that a text is, with blanks between; the test fails where there is anything else. */
Numbers numbers_of(const char *text);
/* The numbers on the next line of the file. */
Numbers numbers_read(FILE *file);
void numbers_append(Numbers *numbers, const Numbers *more);

#endif
