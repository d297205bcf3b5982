/* Sums of products in straight-line code. In: the initial value and the products, in the order
   of addition; scalars, or vectors of so many lanes. Out: the expression. */

#include "lower/straight.h"

enum { CHAIN = 3 }; /* longest chain of dependent multiply-adds */

void sum_add_term(Text *sum, int *terms, const char *term) {
    text_add(sum, "%s%s", *terms == 0 ? "" : *terms % 6 == 0 ? "\n        + " : " + ", term);
    (*terms)++;
}

Sum sum_new(Compiler *compiler, int lanes) {
    return (Sum){.compiler = compiler, .text = text_new(compiler), .lanes = lanes};
}

static bool is_fused(const Sum *sum) {
    return machine_of(&sum->compiler->options)->has_fma;
}

void sum_begin(Sum *sum, Operand first) {
    sum->is_vector |= first.is_vector;
    if (is_fused(sum))
        sum->chain = broadcast_text(sum->compiler, first, sum->lanes);
    else
        sum_add_term(sum->text, &sum->terms, first.text);
}

static void end_chain(Sum *sum) {
    if (sum->chain)
        text_add(sum->text, sum->chains++ ? "\n        + %s" : "%s", sum->chain);
    sum->chain = NULL;
}

static void add_fused(Sum *sum, Operand left, Operand right) {
    Compiler *compiler = sum->compiler;
    int lanes = sum->lanes;
    const char *a = broadcast_text(compiler, left, lanes),
               *b = broadcast_text(compiler, right, lanes);
    int chains = (sum->count + CHAIN - 1) / CHAIN, length = (sum->count + chains - 1) / chains;
    if (sum->terms > 0 && sum->terms % length == 0)
        end_chain(sum);
    sum->terms++;
    sum->is_vector = lanes > 1;
    sum->chain = sum->chain
                     ? format_text(compiler, "nn_fma_%d(%s, %s, %s)", lanes, a, b, sum->chain)
                     : format_text(compiler, "%s * %s", a, b);
}

void sum_add_product(Sum *sum, Operand left, Operand right) {
    if (is_fused(sum)) {
        add_fused(sum, left, right);
        return;
    }
    sum->is_vector |= left.is_vector || right.is_vector;
    sum_add_term(sum->text, &sum->terms,
                 format_text(sum->compiler, "%s * %s", left.text, right.text));
}

Operand sum_end(Sum *sum) {
    end_chain(sum);
    return (Operand){sum->text->bytes, sum->is_vector};
}
