/* Models to running code: texts in, their nn_networks out, through compile(), the C compiler and
   dlopen. Many models go into one shared object, since starting a compiler takes longer than a
   small net. */

#ifndef NETS_H
#define NETS_H

#include "graph/graph.h"
#include "nngen.h"
#include "nn_network.h"

/* What nn_network does not offer: functions of the header, called by C written beside the net. */
typedef struct {
    void (*predict_one)(const void *net, void *work, const void *const *in, void *const *out);
    void (*gradient_add)(const void *net, void *work, size_t n, const void *const *in);
    void (*set_first)(void *work, uint64_t first);
    void (*derivative)(int number, const void *net, void *work, const void *const *in, void *out);
    void (*hessian_times)(const void *net, void *work, size_t n, const void *const *in,
                          const void *direction, void *product);
    void *(*gradients)(void *work);
    size_t gradient_count;  /* reals of the block of gradients */
    size_t direction_count; /* reals of a direction of hessian_times */
} NetGlue;

typedef struct {
    const char *text; /* of the model */
    Options options;
    const Graph *graph; /* after check: glue.h needs it */
    Result result;      /* of compile() */
    const nn_network *network;
    const NetGlue *glue;
} Net;

typedef struct {
    int count;
    Net *nets;         /* their names differ */
    const char *level; /* of optimisation; -O0 if NULL */
    char folder[512];
    int process;
    void *library;
    bool failed;
    char message[4096]; /* why */
} Nets;

/* Starts the C compiler and returns; nets_finish waits for it, loads and fills in the networks.
   False: message says why. */
bool nets_start(Nets *nets);
bool nets_finish(Nets *nets);
/* Both, one after the other. */
bool nets_build(Nets *nets);
/* Unloads; removes the folder unless something failed. The graphs must still be there. */
void nets_free(Nets *nets);

#endif
