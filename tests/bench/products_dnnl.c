/* Products by oneDNN's matrix product. */

#include "bench.h"

#include <dnnl.h>

#include <stdlib.h>

typedef struct {
    int rows, in, out;
} Plan;

static void *plan(int rows, int in, int out) {
    Plan *made = malloc(sizeof *made);
    if (made) {
        *made = (Plan){rows, in, out};
    }
    return made;
}

static void forward(void *plan_of, const float *x, const float *w, float *y) {
    const Plan *p = plan_of;
    dnnl_sgemm('N', 'N', p->rows, p->out, p->in, 1, x, p->in, w, p->out, 0, y, p->out);
}

static void backward(void *plan_of, const float *dy, const float *w, float *dx) {
    const Plan *p = plan_of;
    dnnl_sgemm('N', 'T', p->rows, p->in, p->out, 1, dy, p->out, w, p->out, 0, dx, p->in);
}

static void gradient(void *plan_of, const float *x, const float *dy, float *dw) {
    const Plan *p = plan_of;
    dnnl_sgemm('T', 'N', p->in, p->out, p->rows, 1, x, p->in, dy, p->out, 0, dw, p->out);
}

static const Products products = {"C + oneDNN", plan, forward, backward, gradient};

__attribute__((visibility("default"))) ModuleOpen module_open;
int module_open(const Net *net, Contender *contenders) {
    if (!net->open_layered) {
        return 0;
    }
    contenders[0] = net->open_layered(&products);
    return 1;
}
