/* A random model with reuse that is being written: each way of reuse takes a vector and gives one
   to the next way. Ways are the rows of draw_reuse.c; see draw_reuse.h. */

#ifndef FLOW_H
#define FLOW_H

#include "draw_reuse.h"

enum { FLOW_TEXT = 800 };

typedef struct {
    Draw *draw;
    Drawn z;        /* the vector */
    bool is_narrow; /* small enough to be unrolled in full */
    char terms[FLOW_TEXT], outputs[FLOW_TEXT];
} Flow;

/* The text of an expression, which lasts until some twenty further calls. */
const char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));
Drawn vector_of(const Flow *flow, int size);
int flow_width(Flow *flow);
/* A statement that gives the expression a name, which it returns. */
const char *flow_named(Flow *flow, int size, const char *expression);
/* At random, that name or the expression itself in brackets. */
const char *flow_perhaps_named(Flow *flow, int size, const char *expression);
/* Makes this the vector that the next way takes. */
void flow_on(Flow *flow, int size, const char *expression);

/* An elementwise function of it, drawn so that values stay of moderate size. */
const char *flow_map(Flow *flow, const char *of);
/* n sums of products of its k numbers with a parameter. */
const char *flow_product(Flow *flow, const char *of, int k, int n);
/* Two vectors of one size combined: a sum, a product, a choice. */
const char *flow_both(Flow *flow, const char *a, const char *b);

// draw_reuse_view.c

void reuse_view_between(Flow *flow);
void reuse_rows(Flow *flow);
void reuse_convolution(Flow *flow);
void reuse_response_norm(Flow *flow);
void reuse_of_values(Flow *flow);
void reuse_concat(Flow *flow);
void reuse_tied(Flow *flow);
void reuse_mapped_parameter(Flow *flow);

#endif
