/* Products by a library with the C interface of BLAS: OpenBLAS, or MKL, which brings kernels made at
   run time for one shape besides. Compiled once per library into a module of its own; NAME is the
   library's. */

#include "bench.h"

#include <stdlib.h>

#ifdef USE_MKL
#include <mkl.h>
#else
#include <cblas.h>
#endif

typedef struct {
    int rows, in, out;
#ifdef USE_MKL
    void *jit_forward, *jit_backward, *jit_gradient;
    sgemm_jit_kernel_t run_forward, run_backward, run_gradient;
#endif
} Plan;

static void *plan(int rows, int in, int out) {
    Plan *made = calloc(1, sizeof *made);
    if (made) {
        made->rows = rows;
        made->in = in;
        made->out = out;
    }
    return made;
}

/* One example is a matrix by a vector. */
static void forward(void *plan_of, const float *x, const float *w, float *y) {
    const Plan *p = plan_of;
    if (p->rows == 1) {
        cblas_sgemv(CblasRowMajor, CblasTrans, p->in, p->out, 1, w, p->out, x, 1, 0, y, 1);
    } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->rows, p->out, p->in, 1, x, p->in,
                    w, p->out, 0, y, p->out);
    }
}

static void backward(void *plan_of, const float *dy, const float *w, float *dx) {
    const Plan *p = plan_of;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, p->rows, p->in, p->out, 1, dy, p->out, w,
                p->out, 0, dx, p->in);
}

static void gradient(void *plan_of, const float *x, const float *dy, float *dw) {
    const Plan *p = plan_of;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, p->in, p->out, p->rows, 1, x, p->in, dy,
                p->out, 0, dw, p->out);
}

static const Products products = {"C + " NAME, plan, forward, backward, gradient};

#ifdef USE_MKL
static void *jit_plan(int rows, int in, int out) {
    Plan *p = plan(rows, in, out);
    if (!p ||
        mkl_jit_create_sgemm(&p->jit_forward, MKL_ROW_MAJOR, MKL_NOTRANS, MKL_NOTRANS, rows, out,
                             in, 1, in, out, 0, out) == MKL_JIT_ERROR ||
        mkl_jit_create_sgemm(&p->jit_backward, MKL_ROW_MAJOR, MKL_NOTRANS, MKL_TRANS, rows, in, out,
                             1, out, out, 0, in) == MKL_JIT_ERROR ||
        mkl_jit_create_sgemm(&p->jit_gradient, MKL_ROW_MAJOR, MKL_TRANS, MKL_NOTRANS, in, out, rows,
                             1, in, out, 0, out) == MKL_JIT_ERROR) {
        return NULL;
    }
    p->run_forward = mkl_jit_get_sgemm_ptr(p->jit_forward);
    p->run_backward = mkl_jit_get_sgemm_ptr(p->jit_backward);
    p->run_gradient = mkl_jit_get_sgemm_ptr(p->jit_gradient);
    return p;
}

/* The kernels do not write to their first two matrices, but do not say so. */
static float *writable(const float *values) {
    return (float *)(uintptr_t)values;
}

static void jit_forward(void *plan_of, const float *x, const float *w, float *y) {
    const Plan *p = plan_of;
    p->run_forward(p->jit_forward, writable(x), writable(w), y);
}

static void jit_backward(void *plan_of, const float *dy, const float *w, float *dx) {
    const Plan *p = plan_of;
    p->run_backward(p->jit_backward, writable(dy), writable(w), dx);
}

static void jit_gradient(void *plan_of, const float *x, const float *dy, float *dw) {
    const Plan *p = plan_of;
    p->run_gradient(p->jit_gradient, writable(x), writable(dy), dw);
}

static const Products jit_products = {"C + MKL JIT", jit_plan, jit_forward, jit_backward,
                                      jit_gradient};
#endif

__attribute__((visibility("default"))) ModuleOpen module_open;
int module_open(const Net *net, Contender *contenders) {
    if (!net->open_layered) {
        return 0;
    }
    contenders[0] = net->open_layered(&products);
#ifdef USE_MKL
    mkl_set_threading_layer(MKL_THREADING_SEQUENTIAL);
    contenders[1] = net->open_layered(&jit_products);
    return 2;
#else
    return 1;
#endif
}
