/* Lines of numbers in the text files that scripts in Python made, for the tests that compare with them. */

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
/* Those on the file's next line. */
Numbers numbers_read(FILE *file);
void numbers_append(Numbers *numbers, const Numbers *more);

#endif
