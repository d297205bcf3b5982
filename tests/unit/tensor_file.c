/* See tensor_file.h. */

#include "tensor_file.h"

#include "scratch.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 16 };

static size_t little_put(char *at, uint64_t bits, size_t size) {
    for (size_t i = 0; i < size; i++)
        at[i] = (char)(bits >> 8 * i);
    return size;
}

static size_t value_put(char *at, const char *dtype, double value) {
    float narrow = (float)value;
    uint32_t low;
    uint64_t bits;
    memcpy(&low, &narrow, sizeof low);
    memcpy(&bits, &value, sizeof bits);
    if (strcmp(dtype, "F32") == 0)
        return little_put(at, low, 4);
    if (strcmp(dtype, "F64") == 0)
        return little_put(at, bits, 8);
    return little_put(at, (uint64_t)value, strcmp(dtype, "I64") == 0 ? 8 : 2);
}

const char *tensor_file(const char *name, const char *metadata, const TensorRow *rows) {
    char *header = malloc(ROOM), *data = malloc(ROOM), *file = malloc(2 * ROOM);
    size_t size = 0, used = 1;
    strcpy(header, "{");
    if (metadata)
        used += (size_t)sprintf(header + used, "\"__metadata__\":{%s}", metadata);
    for (const TensorRow *row = rows; row->name; row++) {
        size_t begin = size;
        for (size_t i = 0; i < row->count; i++)
            size += value_put(data + size, row->dtype, row->values[i]);
        used += (size_t)sprintf(
            header + used, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
            used > 1 ? "," : "", row->name, row->dtype, row->shape, begin, size);
    }
    used += (size_t)sprintf(header + used, "}");
    little_put(file, used, 8);
    memcpy(file + 8, header, used);
    memcpy(file + 8 + used, data, size);
    const char *path = scratch_write(name, file, 8 + used + size);
    free(header);
    free(data);
    free(file);
    return path;
}
