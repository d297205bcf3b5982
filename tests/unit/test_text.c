/* gen/base/text.c: strings that grow, and UTF-8. */

#include "front.h"

static Front front;

static void open_front(void) {
    front_open(&front);
}

static void close_front(void) {
    front_close(&front);
}

TestSuite(text, .init = open_front, .fini = close_front);

Test(text, new_one_is_empty) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    Text *text = text_new(&front.compiler);
    cr_expect_str_eq(text->bytes, "");
    cr_expect_eq(text->size, 0);
}

Test(text, grows_by_any_amount) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    Text *text = text_new(&front.compiler);
    size_t size = 0;
    for (int width = 0; width < 500; width++) {
        text_add(text, "%*d|", width, 7);
        size += (size_t)(width > 1 ? width : 1) + 1;
        cr_assert_eq(text->size, size, "after width %d", width);
        cr_assert_eq(text->bytes[size], '\0');
        cr_assert_str_eq(text->bytes + size - 2, "7|");
    }
}

Test(text, every_size_around_the_capacity) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    char bytes[200];
    memset(bytes, 'x', sizeof bytes);
    for (int size = 0; size < 200; size++) {
        Text *formatted = text_new(&front.compiler), *copied = text_new(&front.compiler);
        text_add(formatted, "%.*s", size, bytes);
        text_add_bytes(copied, bytes, (size_t)size);
        cr_assert_eq(formatted->size, (size_t)size);
        cr_assert_eq(strlen(formatted->bytes), (size_t)size);
        cr_assert_str_eq(formatted->bytes, copied->bytes);
    }
}

Test(text, bytes_may_be_nul) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    Text *text = text_new(&front.compiler);
    text_add_bytes(text, "a\0b", 3);
    text_add(text, "%s", "c");
    cr_expect_eq(text->size, 4);
    cr_expect_arr_eq(text->bytes, "a\0bc", 5);
}

Test(text, format_text_gives_what_printf_does) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    cr_expect_str_eq(format_text(&front.compiler, "%s is [%d, %d]", "w", 3, -4), "w is [3, -4]");
    cr_expect_str_eq(format_text(&front.compiler, "%s", ""), "");
}

Test(text, utf8_of_every_length) {
    static const struct {
        const char *bytes;
        size_t length;
        uint32_t code;
    } rows[] = {
        {"a", 1, 'a'},
        {"\xC2\x80", 2, 0x80},
        {"\xDF\xBF", 2, 0x7FF},
        {"\xE0\xA0\x80", 3, 0x800},
        {"\xEF\xBF\xBF", 3, 0xFFFF},
        {"\xF0\x90\x80\x80", 4, 0x10000},
        {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t code = 0;
        cr_expect_eq(utf8_decode(rows[i].bytes, 4, &code), rows[i].length, "row %zu", i);
        cr_expect_eq(code, rows[i].code, "row %zu", i);
    }
}

Test(text, what_is_not_utf8) {
    static const char *const wrong[] = {
        "\x80",     /* continuation alone */
        "\xC0\x80", /* longer than needed */
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xED\xA0\x80", /* surrogates */
        "\xED\xBF\xBF",
        "\xF4\x90\x80\x80", /* beyond the last */
        "\xF8\x88\x80\x80",
        "\xFF",
        "\xC3"
        "a", /* broken off */
        "\xE2\x82"
        "a",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint32_t code;
        cr_expect_eq(utf8_decode(wrong[i], strlen(wrong[i]), &code), 0, "row %zu", i);
    }
}

Test(text, utf8_reads_no_byte_too_many) {
    uint32_t code;
    cr_expect_eq(utf8_decode("", 0, &code), 0);
    cr_expect_eq(utf8_decode("\xF0\x9F\x98\x80", 3, &code), 0);
}
