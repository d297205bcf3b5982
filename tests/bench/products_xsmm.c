/* Products by libxsmm, whose kernels are made at run time for one small shape: matrices are cut into
   blocks of outputs and sums, and a block of the second operand's rows stays in the cache. What is
   row-major here is column-major there, so a product's operands change places. */

#include "bench.h"

#include <libxsmm.h>

#include <stdlib.h>

enum { COLUMNS = 64, DEPTH_OF_SUM = 256, ROWS = 64 };

/* c [m, n] = a [m, k] b [k, n], all row-major, or a [k, m] read as its transpose. */
typedef struct {
    int m, n, k, lda, ldb;
    bool a_transposed;
    /* By whether the block is the last, and short, of rows, of columns, of the sum; and by whether
       it adds to c. */
    libxsmm_smmfunction kernels[2][2][2][2];
} Product;

typedef struct {
    int rows, in, out;
    Product forward, backward, gradient;
    float *transposed; /* w^T: [out, in] */
} Plan;

static int block_of(int total, int block, bool is_last) {
    return is_last ? total % block : total < block ? 0 : block;
}

static void make_kernels(Product *p) {
    for (int which = 0; which < 16; which++) {
        int a = which & 1, b = which >> 1 & 1, c = which >> 2 & 1, adds = which >> 3 & 1;
        int m = block_of(p->m, ROWS, a), n = block_of(p->n, COLUMNS, b),
            k = block_of(p->k, DEPTH_OF_SUM, c);
        float one = 1, beta = (float)adds;
        int flags = p->a_transposed ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
        if (m > 0 && n > 0 && k > 0) {
            p->kernels[a][b][c][adds] =
                libxsmm_smmdispatch(n, m, k, &p->ldb, &p->lda, &p->n, &one, &beta, &flags, NULL);
        }
    }
}

static Product product_new(int m, int n, int k, bool a_transposed) {
    Product p = {m, n, k, a_transposed ? m : k, n, a_transposed, {{{{0}}}}};
    make_kernels(&p);
    return p;
}

static void run(const Product *p, const float *a, const float *b, float *c) {
    for (int j = 0; j < p->n; j += COLUMNS) {
        for (int l = 0; l < p->k; l += DEPTH_OF_SUM) {
            for (int i = 0; i < p->m; i += ROWS) {
                const float *rows = a + (p->a_transposed ? l * p->lda + i : i * p->lda + l);
                p->kernels[i + ROWS > p->m][j + COLUMNS > p->n][l + DEPTH_OF_SUM > p->k][l > 0](
                    b + l * p->ldb + j, rows, c + i * p->n + j);
            }
        }
    }
}

static void *plan(int rows, int in, int out) {
    Plan *made = calloc(1, sizeof *made);
    if (made) {
        *made =
            (Plan){rows,
                   in,
                   out,
                   product_new(rows, out, in, false),
                   product_new(rows, in, out, false),
                   product_new(in, out, rows, true),
                   aligned_alloc(64, ((size_t)in * (size_t)out * sizeof(float) + 63) / 64 * 64)};
    }
    return made && made->transposed ? made : NULL;
}

static void forward(void *plan_of, const float *x, const float *w, float *y) {
    const Plan *p = plan_of;
    run(&p->forward, x, w, y);
}

static void backward(void *plan_of, const float *dy, const float *w, float *dx) {
    const Plan *p = plan_of;
    libxsmm_otrans(p->transposed, w, sizeof(float), p->out, p->in, p->out, p->in);
    run(&p->backward, dy, p->transposed, dx);
}

static void gradient(void *plan_of, const float *x, const float *dy, float *dw) {
    const Plan *p = plan_of;
    run(&p->gradient, x, dy, dw);
}

static const Products products = {"C + libxsmm", plan, forward, backward, gradient};

__attribute__((visibility("default"))) ModuleOpen module_open;
int module_open(const Net *net, Contender *contenders) {
    if (!net->open_layered) {
        return 0;
    }
    libxsmm_init();
    contenders[0] = net->open_layered(&products);
    return 1;
}
