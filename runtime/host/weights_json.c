/* Memory for jansson while a weights file is loaded. Where memory runs out, jansson takes the text
   for wrong, or aborts: so it has a reserve. Comes in: requests of jansson. Goes out: memory of
   this program's own allocator, else from the reserve; and whether that was too little, too. */

#include "weights.h"

#include <stdlib.h>

enum { RESERVE = 1 << 16, ALIGN = 16 };

/* Of the load that this thread is at; other threads get what they would have got. */
static _Thread_local struct {
    char *bytes;
    size_t used;
    bool is_short;
} reserve;

static json_malloc_t usual_malloc;
static json_free_t usual_free;

static void *reserve_take(size_t size) {
    size_t wanted = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (wanted < size || wanted > RESERVE - reserve.used) {
        reserve.is_short = true;
        return NULL;
    }
    void *taken = reserve.bytes + reserve.used;
    reserve.used += wanted;
    return taken;
}

static void *json_memory(size_t size) {
    void *memory = usual_malloc(size);
    return memory || !reserve.bytes ? memory : reserve_take(size);
}

static void json_release(void *memory) {
    const char *byte = memory;
    bool is_reserve = reserve.bytes && byte >= reserve.bytes && byte < reserve.bytes + RESERVE;
    if (!is_reserve)
        usual_free(memory);
}

bool nn_json_enter(void) {
    json_malloc_t now_malloc;
    json_free_t now_free;
    reserve.bytes = malloc(RESERVE);
    reserve.used = 0;
    reserve.is_short = false;
    json_get_alloc_funcs(&now_malloc, &now_free);
    if (now_malloc != json_memory) {
        usual_malloc = now_malloc;
        usual_free = now_free;
        json_set_alloc_funcs(json_memory, json_release);
    }
    return reserve.bytes != NULL;
}

bool nn_json_leave(void) {
    json_set_alloc_funcs(usual_malloc, usual_free);
    free(reserve.bytes);
    reserve.bytes = NULL;
    return !reserve.is_short;
}
