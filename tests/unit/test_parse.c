/* gen/syntax/parse.c and gen/syntax/parse_definition.c: statements, one error for one mistake, and
   bounds. */

#include "front.h"
#include "long.h"

Test(parse, lines) {
    expect_printed("", "");
    expect_printed("\n\n# nothing\n;;\n", "");
    expect_printed("h = f(a,\n\n# between\n b\n)\nk = [1,\n2]", "h = f(a, b)\nk = [1, 2]\n");
    expect_printed("a = 1; b = 2;\r\nc = 3\r\n", "a = 1\nb = 2\nc = 3\n");
}

Test(parse, statements) {
    expect_printed("network digits", "network digits\n");
    expect_printed("input a, image[8, n * 8] minmax, c[] standard",
                   "input a\ninput image[8, (n * 8)] minmax\ninput c[] standard\n");
    expect_printed("input image[1, 8, 8] shift(1) flip noise(0.1)",
                   "input image[1, 8, 8] shift(1) flip noise(0.1)\n");
    expect_printed("target digit[10] onehot\ntarget same pairs",
                   "target digit[10] onehot\ntarget same pairs\n");
    expect_printed("loss f(p, y) + l2(1e-4)", "loss (f(p, y) + l2(0.0001))\n");
    expect_printed("update adam(lr = 2e-3 * 0.97^epoch)",
                   "update adam(lr = (0.002 * (0.97 ^ epoch)))\n");
    expect_printed("update sgd(0.1) for embed.*", "update sgd(0.1) for embed.*\n");
    expect_printed("batch 4 * 8", "batch (4 * 8)\n");
    expect_printed("metric accuracy(p, y), top(p, y, k = 5)",
                   "metric accuracy(p, y), top(p, y, k = 5)\n");
    expect_printed("output p, ra", "output p, ra\n");
    expect_printed("setting rate = 2 * 0.1", "setting rate = (2 * 0.1)\n");
    expect_printed("use embed as other", "use embed as other\n");
    expect_printed("freeze embed.*.weight", "freeze embed.*.weight\n");
    expect_printed("derivative p by x", "derivative p by x\n");
}

Test(parse, keywords_may_be_names) {
    expect_printed(
        "batch = 3\nstate = batch\ninput = 1; sum = 2; init = 3; return = 4; def = 5; metric = 6",
        "batch = 3\nstate = batch\ninput = 1\nsum = 2\ninit = 3\nreturn = 4\ndef = 5\nmetric = "
        "6\n");
    expect_printed("setting = 1\nsetting setting = 2", "setting = 1\nsetting setting = 2\n");
    expect_printed("network network\noutput loss, output",
                   "network network\noutput loss, output\n");
    expect_printed("update for(3) for for", "update for(3) for for\n");
    expect_printed("def as(deriv) = deriv deriv deriv",
                   "def as(deriv) {\n    return deriv\n} deriv deriv\n");
}

Test(parse, definitions) {
    expect_printed("def swish(z) = z * sigmoid(z) deriv 1",
                   "def swish(z) {\n    return (z * sigmoid(z))\n} deriv 1\n");
    expect_printed("def dense(x[k], n, init = xavier) {   # comment\n"
                   "    weight = param([n, k], init); bias = param([n], zeros)\n\n"
                   "    return matmul(weight, x) + bias }",
                   "def dense(x[k], n, init = xavier) {\n"
                   "    weight = param([n, k], init)\n"
                   "    bias = param([n], zeros)\n"
                   "    return (matmul(weight, x) + bias)\n"
                   "}\n");
    expect_printed("optimizer momentum(lr, beta = 0.9) {\n state v = 0; state u[2] = 1\n weight = "
                   "weight - lr * v\n}",
                   "optimizer momentum(lr, beta = 0.9) {\n    state v = 0\n    state u[2] = 1\n"
                   "    weight = (weight - (lr * v))\n}\n");
    expect_printed("initializer he() = sqrt(2 / fan_in)",
                   "initializer he() {\n    return sqrt((2 / fan_in))\n}\n");
    expect_printed("regularizer l2(c) = c * sum(weight^2)",
                   "regularizer l2(c) {\n    return (c * sum((weight ^ 2)))\n}\n");
    expect_printed("block embed(x) { return dense(x, 8) }\n",
                   "block embed(x) {\n    return dense(x, 8)\n}\n");
}

Test(parse, a_metric_is_defined_or_used) {
    expect_printed(
        "metric accuracy(p[k], y[k]) { sum right = p; return right / count }",
        "metric accuracy(p[k], y[k]) {\n    sum right = p\n    return (right / count)\n}\n");
    expect_printed("metric half(p) = p", "metric half(p) {\n    return p\n}\n");
    expect_printed("metric half(p,\n q = [2], r = f(3)\n)", "metric half(p, q = [2], r = f(3))\n");
}

Test(parse, comments_of_definitions) {
    Front front;
    front_parse(&front, "# far\n\n# The logistic function.\n#   s(z) = 1 / (1 + "
                        "exp(-z))\n#\n\t#tight  \r\n\tdef s(z) = z # not this\n"
                        "def t(z) = z\na = 1 # nor this\n# u\ndef u(z) = z; def v(z) = z\n");
    cr_assert_eq(front.statements->count, 5);
    Statement **read = front.statements->statements;
    cr_expect_str_eq(read[0]->definition->comment,
                     "The logistic function.\n  s(z) = 1 / (1 + exp(-z))\n\ntight");
    cr_expect_str_empty(read[1]->definition->comment);
    cr_expect_str_eq(read[3]->definition->comment, "u");
    cr_expect_str_empty(read[4]->definition->comment);
    front_close(&front);
}

static void expect_span(const Front *front, Span span, const char *text) {
    size_t length = span.end - span.first;
    bool is_equal =
        length == strlen(text) && memcmp(front->source->text + span.first, text, length) == 0;
    cr_expect(is_equal, "'%.*s' is not '%s'", (int)length, front->source->text + span.first, text);
}

Test(parse, places) {
    Front front;
    front_parse(&front,
                "input  a[3] minmax, b\nh = (a + b) * f(x, n = -2)[0] # end\nupdate g(1) for w.*\n"
                "def k(x[m], y = 2) = x + y\n");
    Statement **read = front.statements->statements;
    expect_span(&front, read[0]->span, "input  a[3] minmax");
    expect_span(&front, read[0]->name_span, "a");
    expect_span(&front, read[0]->word_spans[0], "minmax");
    expect_span(&front, read[1]->span, ", b");
    expect_span(&front, read[2]->span, "h = (a + b) * f(x, n = -2)[0]");
    const Tree *product = read[2]->values[0], *index = product->children[1],
               *call = index->children[0];
    expect_span(&front, product->span, "(a + b) * f(x, n = -2)[0]");
    expect_span(&front, product->name_span, "*");
    expect_span(&front, product->children[0]->span, "(a + b)");
    expect_span(&front, product->children[0]->name_span, "+");
    expect_span(&front, index->span, "f(x, n = -2)[0]");
    expect_span(&front, call->span, "f(x, n = -2)");
    expect_span(&front, call->name_span, "f");
    expect_span(&front, call->label_spans[1], "n");
    expect_span(&front, call->children[1]->span, "-2");
    expect_span(&front, read[3]->second_span, "w.*");
    expect_span(&front, read[4]->definition->name_span, "k");
    expect_span(&front, read[4]->definition->parameters[0].sizes[0]->span, "m");
    expect_span(&front, read[4]->definition->body[0]->span, "x + y");
    front_close(&front);
}

Test(parse, whole_messages) {
    expect_said("h = relu(dense(x, 3)\ny = 3\n",
                "m.def:2:1: error: expected ',' or ')', found 'y'\n"
                "  2 | y = 3\n"
                "    | ^\n"
                "m.def:1:9: note: '(' opened here\n",
                "y = 3\n");
    expect_said("def f(x) {\n    a = 1\n\nloss a\n",
                "m.def:4:1: error: expected '}', found 'loss'\n"
                "  4 | loss a\n"
                "    | ^~~~\n"
                "m.def:1:10: note: '{' opened here\n",
                "def f(x) {\n    a = 1\n}\nloss a\n");
    expect_said("netwrok digits\na = 1\n",
                "m.def:1:1: error: unknown statement 'netwrok'\n"
                "  1 | netwrok digits\n"
                "    | ^~~~~~~\n"
                "hint: did you mean 'network'?\n",
                "a = 1\n");
    expect_said("def f(x)\n{ return 3 }\na = 1\n",
                "m.def:1:9: error: expected '=' or '{', found the end of the line\n"
                "  1 | def f(x)\n"
                "    |         ^\n"
                "hint: the '{' stands on the line of 'f'\n",
                "a = 1\n");
    expect_said("h = (a\n$\n)\na = 1\n",
                "m.def:2:1: error: unexpected character '$'\n"
                "  2 | $\n"
                "    | ^\n",
                "a = 1\n");
    expect_said("update adam\na = 1\n",
                "m.def:1:8: error: expected a call, found the name 'adam'\n"
                "  1 | update adam\n"
                "    |        ^~~~\n"
                "hint: write adam(..)\n",
                "a = 1\n");
}

Test(parse, errors_of_statements) {
    expect_error("}", "1:1: error: expected a statement, found '}'");
    expect_error("3 = h", "1:1: error: expected a statement, found '3'");
    expect_error("h == 3", "1:3: error: expected '=' after 'h', found '=='");
    expect_error("h", "1:2: error: expected '=' after 'h', found the end of the file");
    expect_error("lss f(x)", "1:1: error: unknown statement 'lss'");
    expect_error("network", "1:8: error: expected a name, found the end of the file");
    expect_error("input x[3", "1:10: error: expected ',' or ']', found the end of the file");
    expect_error("input x, 3", "1:10: error: expected a name, found '3'");
    expect_error("use a is b", "1:7: error: expected 'as', found 'is'");
    expect_error("derivative a of b", "1:14: error: expected 'by', found 'of'");
    expect_error("freeze 3", "1:8: error: expected a pattern such as embed.*, found '3'");
    expect_error("update f(1) for",
                 "1:16: error: expected a pattern such as embed.*, found the end of the file");
    expect_error("sum x = 3", "1:1: error: 'sum' stands only in the body of a metric");
    expect_error("state x = 3",
                 "1:1: error: 'state' stands only in the body of a def, a block or an optimizer");
    expect_error("return 3", "1:1: error: 'return' stands only in the body of a def, a block, an "
                             "initializer, a regularizer "
                             "or a metric");
}

Test(parse, errors_of_definitions) {
    expect_error("def 3(x) = x", "1:5: error: expected a name, found '3'");
    expect_error("def f x = x", "1:7: error: expected '(', found 'x'");
    expect_error("def f(x", "1:8: error: expected ',' or ')', found the end of the file");
    expect_error("def f(3) = x", "1:7: error: expected the name of a parameter, found '3'");
    expect_error("def f(x) x", "1:10: error: expected '=' or '{', found 'x'");
    expect_error("def f(x) = { return x }\nk = 2",
                 "1:12: error: expected an expression, found '{'");
    expect_error("def f(x) {\n a = 1\n", "2:7: error: expected '}', found the end of the file");
    expect_error("def f(x) { a = 2 }", "1:18: error: expected 'return' before '}'");
    expect_error("def f(x) { return 3; a = 2 }",
                 "1:22: error: expected '}' after 'return', found a statement");
    expect_error("def f(x) {\n loss x\n return x\n}",
                 "2:2: error: 'loss' stands only at the top level");
    expect_error("def f(x) { def g(x) { return 3 }\n return 4 }",
                 "1:12: error: 'def' stands only at the top level");
    expect_error("optimizer o(lr) = 3", "1:17: error: expected '{', found '='");
    expect_error("initializer i() = 3 deriv 4",
                 "1:21: error: expected the end of the line, found 'deriv'");
}

/* One mistake, one error, and what follows is read: all of these end with `z = 1`. */
Test(parse, resynchronisation) {
    static const char *const mistakes[] = {
        "h = f(a b,\n      init = he)",
        "h = f(a b, [1,\n 2], g(\n))",
        "h = f((a)\n",
        "h = a)) + (b",
        "h = [1, (2]",
        "h = a + \n",
        "def f(x y) {\na = 1\nreturn a\n}",
        "def f(x) {\n    a = (1\n    return a\n}",
        "def f(x) {\n    a = 1 1\n    return a\n}",
        "def f(x) { a = 1 1; return a }",
        "def f(x) { a = (1 }",
        "def f(x) { a = 1 1 }",
        "def f(x) { loss { { 3 } }\n return a }",
        "metric f(x, {3}) { a = 1 }",
        "def f(x) = {\n  return x\n}",
        "{ a = 1\n { b = 2 }\n }",
        "h = a ** b",
        "h = 3x + 'a' $",
        "input x[3 y",
        "h = f(a,\n$ b,\n  c)",
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        Front front;
        char text[200];
        snprintf(text, sizeof text, "%s\nz = 1\n", mistakes[i]);
        front_parse(&front, text);
        cr_expect_eq(front.compiler.error_count, 1, "%s\ngives\n%s", text, front_said(&front));
        const Statements *read = front.statements;
        cr_expect(read->count > 0 && strcmp(read->statements[read->count - 1]->name, "z") == 0,
                  "%s\nleaves\n%s", text, front_printed(&front));
        front_close(&front);
    }
}

Test(parse, two_mistakes_are_two_errors) {
    Front front;
    front_parse(&front, "h = a b\nk = (1\nl = 2\nm = $\n");
    cr_expect_eq(front.compiler.error_count, 3, "%s", front_said(&front));
    front_close(&front);
    front_parse(&front, "h = (1\nl = 2 -\nz = 1\n");
    cr_expect_eq(front.compiler.error_count, 2, "%s", front_said(&front));
    cr_expect_str_eq(front_printed(&front), "z = 1\n");
    front_close(&front);
}

Test(parse, errors_are_bounded) {
    Front front;
    Text text = {0};
    front_open(&front);
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    text.compiler = &front.compiler;
    for (int i = 0; i < 1000; i++)
        text_add(&text, "h%d = a b\n", i);
    Front second;
    front_parse(&second, text.bytes);
    cr_expect_null(second.statements);
    cr_expect_eq(second.compiler.error_count, MAX_ERRORS);
    cr_expect(strstr(front_said(&second),
                     "m.def:20:9: error: expected the end of the line, found 'b'\n"
                     " 20 | h19 = a b\n"
                     "    |         ^\n"
                     "nngen: error: too many errors\n"));
    front_close(&second);
    front_close(&front);
}

Test(parse, nested_braces_are_one_error) {
    static const char *const parts[] = {"{", "def f(x) {"};
    for (int i = 0; i < 2; i++) {
        Front front;
        char *text = repeated("", 100000, parts[i], "");
        front_parse(&front, text);
        cr_expect_eq(front.compiler.error_count, 1, "%s", front_said(&front));
        front_close(&front);
        free(text);
    }
}

enum { LARGE = MAX_SOURCE / 16, FEWER = MAX_SOURCE / 64 };

/* A megabyte of anything is read or refused in a moment. */
Test(parse, large_sources, .timeout = 100) {
    static const char *const parts[] = {
        "a=1\n",
        "a\n",
        "1,",
        "f(",
        "#\n",
        " ",
        "a",
        "1",
        "!=<*",
        "a = 1 1;",
        "metric a(b,\n",
        "metric a(b,",
        "def f(x) {\n",
        "\n",
        ";",
        "$",
        "\xFF",
        "#\ndef f()=1\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        Front front;
        int size = (int)strlen(parts[i]);
        char *text = repeated("h = [", checked_of(FEWER, LARGE) / size, parts[i], "");
        for (int is_list = 0; is_list < 2; is_list++) {
            front_parse(&front, is_list ? text : text + strlen("h = ["));
            cr_expect_leq(front.compiler.error_count, MAX_ERRORS, "%s", parts[i]);
            cr_expect_lt(strlen(front_said(&front)), 100000, "%s", parts[i]);
            front_close(&front);
        }
        free(text);
    }
}

Test(parse, too_large_a_source) {
    Front front;
    char *text = repeated("", MAX_SOURCE + 1, "\n", "");
    front_parse(&front, text);
    cr_expect_null(front.statements);
    cr_expect_str_eq(front_said(&front), "m.def:1:1: error: the file has more than 16 MB\n");
    front_close(&front);
    free(text);
}

static void parse_source(Front *front, const Source *source) {
    front_open(front);
    if (setjmp(front->compiler.stop) == 0)
        front->statements = parse(&front->compiler, source);
}

/* Nothing behind the last byte is read: a caller may pass a part of a larger text. */
Test(parse, text_without_a_nul_behind_it) {
    static const char *const texts[] = {"h = 12",  "h = a",   "h = f(a)", "h = 3 #", "h = 3 ",
                                        "h = 3\t", "h = 3\n", "h = 1e",   "h ="};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Front front;
        size_t size = strlen(texts[i]);
        char *text = malloc(size);
        cr_assert(text);
        memcpy(text, texts[i], size);
        parse_source(&front, &(Source){.name = "m.def", .text = text, .size = size});
        cr_expect_eq(front.compiler.error_count, i >= 7, "%s",
                     texts[i]); /* the last two are wrong */
        front_close(&front);
        free(text);
    }
}

Test(parse, a_number_ends_with_the_text) {
    Front front;
    parse_source(&front, &(Source){.name = "m.def", .text = "h = 12345", .size = 6});
    cr_expect_eq(front.statements->statements[0]->values[0]->number, 12);
    front_close(&front);
}

Test(parse, too_many_parts) {
    Front front;
    char *text = repeated("h = [1", MAX_PARTS, ",1", "]\n");
    front_parse(&front, text);
    cr_expect_null(front.statements);
    cr_expect(
        strstr(front_said(&front), "error: more than 1000000 names, numbers and operators\n"));
    cr_expect_eq(front.compiler.exit_code, 1);
    front_close(&front);
    free(text);
}

Test(parse, bytes_that_are_no_text) {
    Front front;
    front_parse_bytes(&front, "a = 1\nb\0c", 9);
    cr_expect_str_eq(front_said(&front), "m.def:2:2: error: NUL byte: this is not a text file\n"
                                         "  2 | b?c\n"
                                         "    |  ^\n");
    cr_expect_eq(front.statements->count, 0);
    front_close(&front);
    expect_said("a = 1 # \xE4\nb = \xFF\xFE 2\nc = \xE4\nd = 3\n",
                "m.def:1:9: error: byte 0xE4 is not UTF-8\n"
                "  1 | a = 1 # ?\n"
                "    |         ^\n",
                "a = 1\nd = 3\n");
}

// Random sources

static uint64_t draw(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static const char model[] =
    "network m\ninput x[3, 4] minmax, b\ntarget y[2] onehot\n# about f\ndef f(a[k], n = 2) {\n"
    "    w = param([n, k], he); state s = 0\n    return -a^2^-n * w[0, 1:, :] < 1e-3\n}\n"
    "metric acc(p, q) { sum r = p == q; return r / count }\nh = f(x,\n  n = 3)\nloss ce(h, y) + "
    "l2(0.1)\n"
    "update adam(lr = 1) for h.*\nbatch 32\nmetric acc(h, y)\noutput h, b\n";
static const char *const snippets[] = {
    "(",       ")",       "[",     "]",        "{",    "}",  "\n",   ";",      "=",
    "==",      ",",       ":",     "-",        "^",    "**", "#",    "def ",   "metric ",
    "return ", " deriv ", "1e999", "\xC3\xA4", "\xFF", "\t", "\r\n", "input ", "$"};

/* Copies the model with pieces removed, doubled, replaced by random bytes or by snippets. */
static size_t mutate(uint64_t *state, char *text) {
    size_t size = 0, from = 0;
    while (from < sizeof model - 1 && size < 4000) {
        uint64_t choice = draw(state) % 1000;
        const char *snippet = snippets[draw(state) % (sizeof snippets / sizeof *snippets)];
        if (choice == 0)
            from += draw(state) % 20;
        else if (choice == 1)
            from -= draw(state) % (from < 20 ? from + 1 : 20);
        else if (choice == 2)
            text[size++] = (char)draw(state);
        else if (choice == 3)
            size += (size_t)sprintf(text + size, "%s", snippet);
        else
            text[size++] = model[from++];
    }
    return size;
}

static void expect_bounds(const Front *front) {
    cr_assert_eq(front->compiler.error_count > 0, front->compiler.exit_code == 1);
    for (int i = 0; front->statements && i < front->statements->count; i++) {
        Span span = front->statements->statements[i]->span;
        cr_assert(span.first < span.end && span.end <= front->source->size);
    }
    const char *said = front_said(front);
    for (size_t i = 0, size = strlen(said); i < size;) {
        uint32_t code;
        size_t length = utf8_decode(said + i, size - i, &code);
        cr_assert_neq(length, 0);
        i += length;
    }
}

Test(parse, mutated_models, .timeout = 100) {
    uint64_t state = 1;
    char text[5000];
    int wrong = 0;
    for (int run = 0; run < 5000; run++) {
        Front front;
        size_t size = mutate(&state, text);
        front_parse_bytes(&front, text, size);
        expect_bounds(&front);
        wrong += front.compiler.error_count > 0;
        front_close(&front);
    }
    cr_expect(wrong > 2000 && wrong < 4900, "%d of 5000 were wrong", wrong);
}

Test(parse, random_bytes, .timeout = 100) {
    uint64_t state = 2;
    char text[300];
    for (int run = 0; run < 5000; run++) {
        Front front;
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (char)(run % 2 == 0 ? draw(&state) : ' ' + draw(&state) % 95);
        front_parse_bytes(&front, text, sizeof text);
        expect_bounds(&front);
        front_close(&front);
    }
}
