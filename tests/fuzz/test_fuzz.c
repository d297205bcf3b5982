/* Replays the corpus, and every beginning of its files, through what the fuzzer calls. */

#define _GNU_SOURCE
#include "fuzz_compile.c"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>

static size_t read_file(const char *path, uint8_t *data, size_t capacity) {
    FILE *file = fopen(path, "rb");
    cr_assert(file, "cannot read %s", path);
    size_t size = fread(data, 1, capacity, file);
    fclose(file);
    return size;
}

/* libFuzzer hands over blocks of exactly the input's size: reads behind it show under
   AddressSanitizer. */
static void replay(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    cr_assert(copy);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int for_corpus(void (*play)(const uint8_t *data, size_t size)) {
    DIR *folder = opendir(NNGEN_SOURCE "/tests/fuzz/corpus");
    int count = 0;
    cr_assert(folder, "no corpus");
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[1024];
        uint8_t data[MAX_TEXT + 1];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, NNGEN_SOURCE "/tests/fuzz/corpus/%s", entry->d_name);
        play(data, read_file(path, data, sizeof data));
        count++;
    }
    closedir(folder);
    return count;
}

Test(fuzz, corpus_is_harmless) {
    cr_assert_geq(for_corpus(replay), 20);
}

/* Each file in every way to compile. */
static void replay_with_options(const uint8_t *data, size_t size) {
    uint8_t copy[MAX_TEXT + 1];
    memcpy(copy, data, size);
    for (int bits = 0; bits < 16; bits++) {
        copy[0] = (uint8_t)bits;
        replay(copy, size);
    }
}

Test(fuzz, corpus_is_harmless_with_all_options) {
    for_corpus(replay_with_options);
}

static void replay_beginnings(const uint8_t *data, size_t size) {
    for (size_t end = 1; end < size; end += 17)
        replay(data, end);
}

Test(fuzz, beginnings_are_harmless) {
    for_corpus(replay_beginnings);
}

/* The corpus is there to reach all stages: what it is made of compiles, most of it. */
static int compiled;

static void count_compiled(const uint8_t *data, size_t size) {
    Options options = options_of(data[0]);
    size_t length = strnlen((const char *)data + 1, size - 1);
    Result result = compile("fuzz.def", (const char *)data + 1, length, "net.h", &options);
    compiled += result.exit_code == 0;
    result_free(&result);
}

Test(fuzz, corpus_reaches_emission) {
    int count = for_corpus(count_compiled);
    cr_assert_geq(compiled, count / 2, "%d of %d files compile", compiled, count);
}
