/* A net of every kind of tensor, whose weights files other programs write, for the tests of loading
   them; and such files, as rows. */

#ifndef BAG_NET_H
#define BAG_NET_H

#include "host.h"
#include "tensor_file.h"

enum { TENSORS = 17, TRAINED = TENSORS, PREDICT_ONLY = 12 }; /* with optimizer state, without */

extern const nn_tensor bag_tensors[TENSORS];

/* Its numbers lie one tensor behind the other. */
typedef struct {
    float reals[64];
    uint64_t counters[4];
} Bag;

/* The net with the first tensors of the list only. */
nn_network bag_network(size_t tensor_count);
/* Numbers and counters that no file has: 100, 101 and so on; seed 5, step 600, epoch 7 of 8. */
Bag bag_make(void);
float *bag_numbers(Bag *net, const char *name);

/* Loaded well; the parameters and state are 1, 2, 3 and so on. The notes, without the path. */
char *load_fine(size_t tensor_count, const char *path, const nn_weights_from *from, Bag *net);
/* Refused with this code and text behind the path, and the net as it was. */
void expect_refusal(size_t tensor_count, const char *path, const nn_weights_from *from,
                    nn_code code, const char *text);

/* A whole net, by the net's own names but for those that a test gives. */
#define F32_ROW(name, shape, count, ...)                                                           \
    {                                                                                              \
        name, "F32", shape, count, {                                                               \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define SCALING                                                                                    \
    F32_ROW("x.low", "[1]", 1, -1), F32_ROW("x.scale", "[1]", 1, -2),                              \
        F32_ROW("y.low", "[]", 1, -3), F32_ROW("y.scale", "[]", 1, -4)
#define SETTING F32_ROW("rate", "[]", 1, -5)
#define NAMED(weight, bias) F32_ROW(weight, "[2, 2]", 4, 1, 2, 3, 4), F32_ROW(bias, "[2]", 2, 5, 6)
#define NORM(gamma, beta, mean, variance)                                                          \
    F32_ROW(gamma, "[2]", 2, 7, 8), F32_ROW(beta, "[2]", 2, 9, 10),                                \
        F32_ROW(mean, "[2]", 2, 11, 12), F32_ROW(variance, "[2]", 2, 13, 14)
#define OUR_NORM NORM("n.gamma", "n.beta", "n.running_mean", "n.running_variance")
#define OUTPUT F32_ROW("p.weight", "[3, 2]", 6, 15, 16, 17, 18, 19, 20)
#define KERNEL(name) F32_ROW(name, "[2, 3]", 6, 15, 17, 19, 16, 18, 20)
#define WHOLE SCALING, SETTING, NAMED("h.weight", "h.bias"), OUR_NORM, OUTPUT
#define MOMENTS                                                                                    \
    F32_ROW("h.weight.m", "[2, 2]", 4, 31), F32_ROW("h.bias.m", "[2]", 2, 32),                     \
        F32_ROW("n.gamma.m", "[2]", 2, 33), F32_ROW("n.beta.m", "[2]", 2, 34)
#define LAST_MOMENT F32_ROW("p.weight.m", "[3, 2]", 6, 35)
#define END                                                                                        \
    { .name = NULL }

#endif
