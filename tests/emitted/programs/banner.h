/* What the banner of a net says against what a compiler makes of its structs. The including file
   has included net.c, and calls these once per line of the banner's tables. */

#include <stdio.h>

static int mistakes, tensors_seen;

static void expect_same(const char *what, size_t offset, size_t bytes, const size_t said[2]) {
    if (offset == said[0] && bytes == said[1])
        return;
    printf("%s: the banner says %zu bytes at %zu, it has %zu at %zu\n", what, said[1], said[0],
           bytes, offset);
    mistakes++;
}

#define MEMBER(type, member, at, size)                                                             \
    expect_same(#member, offsetof(type, member), sizeof(((type *)0)->member),                      \
                (const size_t[]){at, size})
#define STRUCT(type, size) expect_same(#type, 0, sizeof(type), (const size_t[]){0, size})

/* A tensor by the user's name, through the tables that get and set use. */
#define TENSOR(net, name, at, size)                                                                \
    expect_tensor(net##_tensors, net##_places, name, net##_network.tensor_count,                   \
                  (const size_t[]){at, size})
#define GRADIENT(net, name, at, size)                                                              \
    expect_gradient(net##_tensors, net##_places, name, net##_network.tensor_count,                 \
                    (const size_t[]){(at) - offsetof(net##_work, gradients), size})

static inline void expect_tensor(const nn_tensor *tensors, const nn_place *places,
                                 const char *name, size_t count, const size_t said[2]) {
    size_t i = nn_find(tensors, count, name);
    if (i == count) {
        printf("no tensor %s\n", name);
        mistakes++;
        return;
    }
    tensors_seen++;
    expect_same(name, places[i].offset, tensors[i].count * sizeof(nn_real), said);
}

static inline void expect_gradient(const nn_tensor *tensors, const nn_place *places,
                                   const char *name, size_t count, const size_t said[2]) {
    size_t i = nn_find(tensors, count, name);
    if (i == count || places[i].gradient < 0) {
        printf("no gradient of %s\n", name);
        mistakes++;
        return;
    }
    expect_same(name, (size_t)places[i].gradient * sizeof(nn_real),
                tensors[i].count * sizeof(nn_real), said);
}
