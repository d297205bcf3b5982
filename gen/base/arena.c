/* Memory of one compilation: blocks that only grow in number and are freed at once.

   In: sizes. Out: zeroed memory, aligned for every type, valid until arena_free. Not its business:
   what lies in it. */

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define EACH_ALONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EACH_ALONE 1
#endif
#endif

typedef struct Block Block;

struct Block {
    Block *next;
    size_t size, used; /* of the bytes behind the header */
};

struct Arena {
    Block *blocks;  /* the first one is being filled */
    Block *aside;   /* between arena_open and arena_close: those of before, or what is apart */
    Block *reserve; /* given up when memory runs out, so that this can still be said */
};

enum {
    ALIGNMENT = _Alignof(max_align_t),
    HEADER = (sizeof(Block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
    FIRST_CAPACITY = 4, /* of a growing array */
    RESERVE_SIZE = 64 * 1024,
#ifdef EACH_ALONE
    BLOCK_SIZE = 0, /* a block per piece of memory: the sanitizer sees every overrun */
#else
    BLOCK_SIZE = 256 * 1024,
#endif
};

static Block *block_new(size_t size) {
    if (size > SIZE_MAX - HEADER)
        return NULL;
    Block *block = calloc(1, HEADER + size);
    if (block)
        block->size = size;
    return block;
}

Arena *arena_new(void) {
    Arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        return NULL;
    arena->reserve = block_new(RESERVE_SIZE);
    if (!arena->reserve) {
        free(arena);
        return NULL;
    }
    return arena;
}

static void free_blocks(Block *block) {
    while (block) {
        Block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_free(Arena *arena) {
    if (!arena)
        return;
    free_blocks(arena->blocks);
    free_blocks(arena->aside);
    free(arena->reserve);
    free(arena);
}

static _Noreturn void out_of_memory(Compiler *compiler) {
    Arena *arena = compiler->arena;
    if (arena->reserve) {
        arena->reserve->next = arena->blocks;
        arena->blocks = arena->reserve;
        arena->reserve = NULL;
        stop_at(compiler, (Span){0}, "out of memory");
    }
    compiler->diagnostics = NULL; /* not even that could be said */
    compiler->exit_code = 4;
    longjmp(compiler->stop, 1);
}

/* Puts a block with room for `size` at the head; a large piece goes behind it, so that the head is
 * filled up first. */
static Block *block_for(Arena *arena, size_t size) {
    bool is_large = size > BLOCK_SIZE / 4;
    Block *block = block_new(is_large ? size : BLOCK_SIZE);
    if (!block)
        return NULL;
    if (is_large && arena->blocks) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

static void exchange(Arena *arena) {
    Block *blocks = arena->blocks;
    arena->blocks = arena->aside;
    arena->aside = blocks;
}

void arena_open(Compiler *compiler) {
    exchange(compiler->arena);
}

void arena_keep(Compiler *compiler) {
    exchange(compiler->arena);
}

void arena_return(Compiler *compiler) {
    exchange(compiler->arena);
}

void arena_close(Compiler *compiler) {
    free_blocks(compiler->arena->blocks);
    compiler->arena->blocks = NULL;
    exchange(compiler->arena);
}

void *arena_alloc(Compiler *compiler, size_t size) {
    Arena *arena = compiler->arena;
    if (size > PTRDIFF_MAX)
        out_of_memory(compiler);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size == 0)
        size = ALIGNMENT;
    Block *block = arena->blocks;
    if (!block || block->size - block->used < size)
        block = block_for(arena, size);
    if (!block)
        out_of_memory(compiler);
    char *piece = (char *)block + HEADER + block->used;
    block->used += size;
    return piece;
}

void *array_grow(Compiler *compiler, void *items, int count, size_t size) {
    bool is_full = count == 0 || (count >= FIRST_CAPACITY && (count & (count - 1)) == 0);
    if (!is_full)
        return items;
    size_t capacity = count == 0 ? FIRST_CAPACITY : 2 * (size_t)count;
    if (capacity > INT32_MAX || capacity > SIZE_MAX / size)
        out_of_memory(compiler);
    void *grown = arena_alloc(compiler, capacity * size);
    if (count > 0)
        memcpy(grown, items, (size_t)count * size);
    return grown;
}

void *array_copy(Compiler *compiler, const void *items, int count, size_t size) {
    void *copy = arena_alloc(compiler, (size_t)count * size);
    if (count > 0)
        memcpy(copy, items, (size_t)count * size);
    return copy;
}
