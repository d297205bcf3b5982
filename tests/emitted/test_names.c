/* Any name that the language allows: keywords of C and C++, macros, nngen's own names, names that
   differ in a dot. Emitted code compiles in C and its header in C++, whatever place in a model the
   name has. */

#define _GNU_SOURCE
#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* nngen's own arguments, members and locals; then keywords, macros of compilers and headers,
   functions of the library. */
static const char *const names[] = {
    "net",         "work",      "n",          "b",         "i",           "j",         "k",
    "row",         "step",      "seed",       "share",     "arena",       "p",         "h_0",
    "t",           "t_0",       "x_0_sum",    "first",     "count",       "gradients", "name",
    "in",          "out",       "cost",       "done",      "given_epoch", "scratch",   "stream",
    "sums",        "total",     "keep",       "add",       "data",        "self",      "base",
    "counters",    "counter",   "tensors",    "places",    "rows_x",      "work_",     "net_",
    "epochs",      "init",      "predict",    "loss",      "update",      "get",       "set",
    "batch",       "d_x",       "given",      "value",     "result",      "lanes",     "vector",
    "double",      "int",       "float",      "class",     "new",         "template",  "xor",
    "this",        "delete",    "operator",   "alignas",   "bool",        "typeof",    "asm",
    "inline",      "restrict",  "nullptr",    "register",  "signed",      "wchar_t",   "namespace",
    "and",         "constexpr", "requires",   "linux",     "unix",        "i386",      "errno",
    "NULL",        "EOF",       "NAN",        "INFINITY",  "M_PI",        "INT32_MAX", "UINT64_C",
    "HUGE_VAL",    "size_t",    "int32_t",    "uint64_t",  "ptrdiff_t",   "offsetof",  "nn_v",
    "nn_real",     "NN_LANES",  "nn_network", "nn_load_4", "main",        "memcpy",    "printf",
    "y0",          "j1",        "gamma",      "index",     "div",         "time",      "expf",
    "isnan",       "signbit",   "fabs",       "tgamma",    "stdin",       "assert",    "_x",
    "__x",         "_Bool",     "_Alignas",   "__func__",  "__LINE__",    "__v4sf",    "__m128",
    "_mm_sqrt_ps", "I",         "complex",    "imaginary", "noreturn",    "st_mtime",  "stderr",
    "sa_handler",  "s6_addr",   "order",
};
enum { NAMES = sizeof names / sizeof *names };

/* Names as inputs, values, parameters, targets and outputs, twenty to a net so that they also meet
   each other. Where targets come first, the net keeps the order of its fields. */
static void write_model(char *text, size_t size, int first, int last, const char *layer) {
    FILE *out = fmemopen(text, size, "w");
    fprintf(out, "network names_%d\ntarget goal[2]\ninput ", first);
    for (int i = first; i < last; i++)
        fprintf(out, "%s%s[2]", i == first ? "" : ", ", names[i]);
    fprintf(out, "\nall = %s", names[first]);
    for (int i = first + 1; i < last; i++)
        fprintf(out, " + %s", names[i]);
    fprintf(out, "\nend_ = %s\nloss half_squared_error(end_, goal)\nupdate adam()\nbatch 3\n",
            layer);
    fclose(out);
}

/* A counter's name may be a value's, but no parameter's. */
static bool is_counter(const char *name) {
    return strcmp(name, "seed") == 0 || strcmp(name, "step") == 0 || strcmp(name, "epochs") == 0;
}

static void write_values(char *text, size_t size, int first, int last) {
    FILE *out = fmemopen(text, size, "w");
    fprintf(out, "network names_%d\ntarget goal[2]\ninput start[2]\n", first);
    for (int i = first; i < last; i++)
        fprintf(out, "%s = tanh(%s) * %s\n", names[i], i == first ? "start" : names[i - 1],
                is_counter(names[i]) ? "0.5" : "param([2], 0.5)");
    fprintf(out, "loss half_squared_error(%s, goal)\nupdate sgd(0.1)\nbatch 3\noutput %s, %s\n",
            names[last - 1], names[last - 1], names[first]);
    fclose(out);
}

/* What a caller may have included. */
static const char *const headers[] = {
    "assert",    "complex",  "ctype",   "errno",        "fenv",       "inttypes",  "iso646",
    "limits",    "locale",   "math",    "setjmp",       "signal",     "stdalign",  "stdarg",
    "stdatomic", "stdbool",  "stdio",   "stdlib",       "string",     "tgmath",    "threads",
    "time",      "uchar",    "wchar",   "wctype",       "aio",        "dirent",    "dlfcn",
    "fcntl",     "getopt",   "glob",    "grp",          "iconv",      "libgen",    "netdb",
    "poll",      "pthread",  "pwd",     "regex",        "sched",      "search",    "semaphore",
    "strings",   "sys/mman", "syslog",  "sys/resource", "sys/socket", "sys/stat",  "sys/time",
    "sys/uio",   "sys/wait", "termios", "unistd",       "utime",      "arpa/inet", "stdnoreturn",
};

/* What front ends read at once: nets that share a runtime. */
typedef struct {
    Target target;
    bool is_double;
    char includes[2048];
} Unit;

/* Nets in files of their own, as units, and what a caller may have of their headers, all in one
   file. */
typedef struct {
    int count, unit_count;
    Unit units[2 * TARGETS];
    char includes[4096];
} Headers;

static Unit *unit_of(Headers *nets, Variant variant) {
    for (int i = 0; i < nets->unit_count; i++)
        if (nets->units[i].target == variant.target &&
            nets->units[i].is_double == variant.is_double)
            return &nets->units[i];
    Unit *unit = &nets->units[nets->unit_count++];
    *unit = (Unit){variant.target, variant.is_double, ""};
    return unit;
}

static void add_line(char *text, size_t room, const char *file, const char *suffix) {
    size_t length = strlen(text);
    int size = snprintf(text + length, room - length, "#include \"%s.%s\"\n", file, suffix);
    cr_assert_lt((size_t)size, room - length);
}

static void add_net(Headers *nets, const char *text, Variant variant) {
    char file[32];
    Unit *unit = unit_of(nets, variant);
    snprintf(file, sizeof file, "net_%d", nets->count++);
    add_line(nets->includes, sizeof nets->includes, file, "h");
    add_line(unit->includes, sizeof unit->includes, file, "c");
    generate(file, text, variant);
}

/* A program that includes all headers, and those of the nets before them or after. */
static void write_user(const Headers *nets, const char *file, bool nets_first) {
    char text[16384];
    FILE *out = fmemopen(text, sizeof text, "w");
    fprintf(out, "#define _XOPEN_SOURCE 700\n%s", nets_first ? nets->includes : "");
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        fprintf(out, "#include <%s.h>\n", headers[i]);
    fputs(nets->includes, out);
    fclose(out);
    write_text(file, text);
}

static void write_units(const Headers *nets) {
    for (int i = 0; i < nets->unit_count; i++) {
        char file[32];
        snprintf(file, sizeof file, "unit_%d.c", i);
        write_text(file, nets->units[i].includes);
    }
}

/* The long run reads each net alone as well. */
static void expect_compile(const Headers *nets) {
    char text[8192];
    write_units(nets);
    expect_run("gcc -std=gnu11 -fsyntax-only -I." STRICT RUNTIME "unit_*.c");
    expect_run("clang -std=gnu11 -fsyntax-only -I." STRICT RUNTIME "unit_*.c");
    if (is_long())
        expect_run("gcc -std=c11 -fsyntax-only" STRICT RUNTIME "net_*.c");
    snprintf(text, sizeof text, "#include <cmath>\n#include <cstdio>\n%s", nets->includes);
    write_text("user.cc", text);
    expect_run("g++ -std=gnu++17 -fsyntax-only" STRICT RUNTIME "user.cc");
    write_user(nets, "before.c", true);
    write_user(nets, "after.c", false);
    expect_run("gcc -std=c11 -fsyntax-only" STRICT RUNTIME "before.c after.c");
}

static void expect_all_compile(const char *folder, bool as_values, const char *layer,
                               Variant variant) {
    Headers nets = {0};
    workshop_open(folder);
    for (int first = 0; first < NAMES; first += 20) {
        char text[8192];
        int last = first + 20 < NAMES ? first + 20 : NAMES;
        if (as_values)
            write_values(text, sizeof text, first, last);
        else
            write_model(text, sizeof text, first, last, layer);
        add_net(&nets, text, variant);
    }
    expect_compile(&nets);
    workshop_remove();
}

Test(names, of_inputs) {
    expect_all_compile("names_inputs", false, "dense(all, 2)",
                       (Variant){TARGET_C99, UNROLL_AUTO, false, false});
}

Test(names, of_inputs_in_kernels) {
    expect_all_compile("names_kernels", false, "dense(all, 2)",
                       (Variant){TARGET_GENERIC, UNROLL_NONE, true, false});
}

Test(names, of_values_and_outputs) {
    expect_all_compile("names_values", true, NULL,
                       (Variant){TARGET_GENERIC, UNROLL_AUTO, false, false});
}

Test(names, of_values_in_kernels) {
    expect_all_compile("names_tiles", true, NULL, (Variant){TARGET_C99, UNROLL_TILE, false, false});
}

/* Arrays of constants stand at file scope beside what the templates have there. */
Test(names, of_constants) {
    static const char *const taken[] = {"inputs",
                                        "targets",
                                        "outputs",
                                        "metrics",
                                        "output_targets",
                                        "metric_targets",
                                        "network",
                                        "predict_rows",
                                        "train_step_rows",
                                        "thunk_init",
                                        "thunk_fit",
                                        "thunk_get",
                                        "thunk_get_gradient",
                                        "thunk_get_counters",
                                        "thunk_set",
                                        "thunk_set_counters",
                                        "thunk_set_epoch",
                                        "thunk_predict",
                                        "thunk_finish",
                                        "predict_work",
                                        "set_first",
                                        "fit"};
    static char text[32768];
    Headers nets = {0};
    int count = sizeof taken / sizeof *taken;
    FILE *out = fmemopen(text, sizeof text, "w");
    fprintf(out, "network names\ninput start_[2] minmax\ntarget goal[2] onehot\n");
    for (int i = 0; i < NAMES + count; i++)
        fprintf(out, "%s = [%d, 1]\n", i < NAMES ? names[i] : taken[i - NAMES], i + 2);
    fprintf(out, "sum_ = start_");
    for (int i = 0; i < NAMES + count; i++)
        fprintf(out, "%s* sin(%s * start_)", i % 20 ? " " : "\nsum_ = sum_ + start_ ",
                i < NAMES ? names[i] : taken[i - NAMES]);
    fprintf(out, "\nlast_ = softmax(dense(sum_, 2))\nloss cross_entropy(last_, goal)\n"
                 "update sgd(0.1)\nbatch 3\nmetric accuracy(last_, goal)\n");
    fclose(out);
    workshop_open("names_constants");
    add_net(&nets, text, (Variant){TARGET_C99, UNROLL_TILE, false, false});
    expect_compile(&nets);
    workshop_remove();
}

/* A net is called double: its functions are double_init and so on, its header is good C++. */
Test(names, of_networks) {
    static const char *const networks[] = {
        "double", "xor",     "class",   "linux",       "net",     "work",   "main",   "exp",
        "errno",  "NULL",    "n",       "float_",      "this",    "unix",   "size_t", "int32_t",
        "I",      "_x",      "printf",  "stdin",       "signal",  "stat",   "tm",     "random",
        "round",  "isnan",   "complex", "atomic_flag", "va_list", "assert", "group",  "thrd_busy",
        "link",   "jmp_buf", "select",  "sem_open",    "std",     "wctype", "i",      "t_0"};
    enum { NETWORKS = sizeof networks / sizeof *networks, AT_ONCE = NETWORKS / 2 };
    Headers nets = {0};
    for (int i = 0; i < NETWORKS; i++) {
        char text[512];
        if (i % AT_ONCE == 0) { /* I and i share names of constants: not in one file */
            nets = (Headers){0};
            workshop_open("names_networks");
        }
        snprintf(text, sizeof text,
                 "network %s\ninput x[2] standard\ntarget y[2] onehot\np = softmax(dense(x, 2))\n"
                 "loss cross_entropy(p, y)\nupdate adam()\nbatch 2\n",
                 networks[i]);
        add_net(&nets, text,
                (Variant){i % 2 ? TARGET_C99 : TARGET_GENERIC, UNROLL_AUTO, false, false});
        if (nets.count == AT_ONCE)
            expect_compile(&nets);
    }
    workshop_remove();
}

/* Words of emitted C, each once whatever the numbers in it, but for those of the runtime and of the
   network itself. */
typedef struct {
    int count;
    char words[2000][64], shapes[2000][64];
} Words;

static bool is_known(const Words *words, const char *shape) {
    for (int i = 0; i < words->count; i++)
        if (strcmp(words->shapes[i], shape) == 0)
            return true;
    return false;
}

static void add_word(Words *words, const char *word, size_t size) {
    char shape[64], *end = shape;
    if (size >= sizeof shape || strncmp(word, "nn_", 3) == 0 || strncmp(word, "NN", 2) == 0)
        return;
    for (size_t i = 0; i < size; i++)
        if (!isdigit((unsigned char)word[i]) || i == 0 || !isdigit((unsigned char)word[i - 1]))
            *end++ = isdigit((unsigned char)word[i]) ? '0' : word[i];
    *end = '\0';
    cr_assert_lt(words->count, 2000);
    if (is_known(words, shape))
        return;
    memcpy(words->words[words->count], word, size);
    strcpy(words->shapes[words->count++], shape);
}

/* The next word behind `at` that is code, NULL at the end. */
static const char *next_word(const char *at, size_t *size) {
    while (*at && !isalpha((unsigned char)*at) && *at != '_') {
        const char *end = *at == '#'                  ? strchr(at, '\n')
                          : *at == '"'                ? strchr(at + 1, '"')
                          : strncmp(at, "/*", 2) == 0 ? strstr(at, "*/") + 1
                                                      : at;
        end =
            isdigit((unsigned char)*at) ? at + strspn(at, "0123456789abcdefxABCDEFuUlL.") - 1 : end;
        at = end + 1;
    }
    for (*size = 0; isalnum((unsigned char)at[*size]) || at[*size] == '_';)
        ++*size;
    return *size > 0 ? at : NULL;
}

static void collect_words(Words *words, const char *source) {
    size_t size;
    for (const char *at = source; (at = next_word(at, &size)); at += size)
        if (strncmp(at, "zz", 2) != 0)
            add_word(words, at, size);
}

/* The member in offsetof(type, member). */
static bool is_offset(const char *at, const char *type) {
    char before[100];
    int size = snprintf(before, sizeof before, "offsetof(%s, ", type);
    return strncmp(at - size, before, (size_t)size) == 0;
}

/* The type of a net called `name` stands in its C only where a type may stand: nothing else there
   is called so, but for members of structs. */
static void expect_only_type(const char *source, const char *name) {
    char type[80];
    const char *typedef_at = strstr(source, "\ntypedef struct ");
    cr_assert(typedef_at && sscanf(typedef_at, "\ntypedef struct %79s", type) == 1);
    size_t size, length = strlen(type);
    for (const char *at = source; (at = next_word(at, &size)); at += size) {
        if (strncmp(at, "struct", size) == 0 && strchr(at, '{') < strchr(at, ';'))
            at = strchr(at, '}') - size;
        if (size != length || strncmp(at, type, size) != 0 || at[-1] == '>' || at[-1] == '.' ||
            is_offset(at, type))
            continue;
        bool is_pointer = strncmp(at + size, " *", 2) == 0 && at[size + 2] != ' ';
        bool is_defined = strncmp(at - 2, "} ", 2) == 0;
        bool is_measured =
            strncmp(at - 7, "sizeof(", 7) == 0 || strncmp(at - 9, "offsetof(", 9) == 0;
        cr_expect(is_pointer || is_defined || is_measured, "network %s: %.60s", name, at - 20);
    }
}

/* A network called as anything that its own C has: loops, arguments, values, parts of sums. The
   short run takes one word of each `few`. */
static void expect_networks_clear(const char *model, Variant variant, int few, Words *words) {
    char text[1000];
    const Options options = {
        .target = variant.target, .unroll = variant.unroll, .is_double = variant.is_double};
    words->count = 0;
    for (int i = -1; i < words->count; i += i < 0 || is_long() ? 1 : few) {
        snprintf(text, sizeof text, "network %s\n%s", i < 0 ? "zz" : words->words[i], model);
        Result result = compile("m.def", text, strlen(text), NULL, &options);
        bool is_refused = result.exit_code == 1 && strstr(result.diagnostics, "cannot be called");
        cr_expect(result.exit_code == 0 || is_refused, "%s", result.diagnostics);
        if (i < 0)
            collect_words(words, result.source);
        else if (result.source)
            expect_only_type(result.source, words->words[i]);
        result_free(&result);
    }
}

Test(names, of_networks_are_no_locals) {
    static const char small[] = "input x[2] standard\ntarget y[3] onehot\nh = tanh(dense(x, 2))\n"
                                "p = softmax(dense(dropout(h, 0.5), 3))\nloss cross_entropy(p, y)\n"
                                "update adam()\nmetric accuracy(p, y)\nbatch 8\n";
    static const char large[] = "input x[40]\ntarget y[10]\nh = relu(dense(x, 70))\n"
                                "k = dense(h, 33)\np = dense(batch_norm(k), 10)\n"
                                "loss mean_squared_error(p, y)\nupdate momentum(0.1)\nbatch 12\n";
    static Words words;
    expect_networks_clear(small, (Variant){TARGET_GENERIC, UNROLL_AUTO, false, false}, 4, &words);
    cr_expect_gt(words.count, 100);
    expect_networks_clear(large, (Variant){TARGET_C99, UNROLL_NONE, false, false}, 8, &words);
    expect_networks_clear(large, (Variant){TARGET_X86_64_V4, UNROLL_TILE, false, false}, 8, &words);
    cr_expect_gt(words.count, 100);
}

/* Inputs, targets and values that are called as what nngen makes of others' names, and as the
   net's own functions and types. */
Test(names, as_nngen_makes_them) {
    static const char wide[] =
        "network v\ninput x[40], h_0to3[3], h_0_sum[3], h_part[40]\ntarget y[3]\n"
        "h = tanh(dense(x, 40))\nh_rest = dense(h + h_part, 40)\n"
        "v_work = (dense(h_rest, 3) + h_0to3 + h_0_sum) * 2\nv_tensors = v_work + dense(x, 3)\n"
        "loss half_squared_error(v_tensors, y)\nupdate momentum(0.1)\nbatch 4\n"
        "output v_tensors, v_work\n";
    static const char narrow[] =
        "network v\ninput x[4], h_0to3[4], h_0_sum[4], v_work[4], v_predict[4], v_loss_rows[4]\n"
        "input v_finish_h[4], v_begin[4]\ntarget y[4], v_predict_work[4], v_tensors[4]\n"
        "h = tanh(x * param([4], 1))\n"
        "p = h + h_0to3 + h_0_sum + v_work + v_predict + v_loss_rows + v_finish_h + v_begin\n"
        "loss half_squared_error(p, y) + half_squared_error(p, v_predict_work + v_tensors)\n"
        "update momentum(0.1)\nbatch 4\n";
    workshop_open("names_made");
    for (int i = 0; i < 4; i++) {
        Variant variant = {i % 2 ? TARGET_C99 : TARGET_GENERIC, i < 2 ? UNROLL_AUTO : UNROLL_NONE,
                           false, false};
        generate("wide", wide, variant);
        generate("narrow", narrow, variant);
        expect_run("%s -std=gnu11 -fsyntax-only" STRICT RUNTIME "wide.c narrow.c",
                   i % 2 ? "clang" : "gcc");
    }
    workshop_remove();
}

/* Parameter h.weight beside a value h_weight, an input h_weight, and so on: one C name each. */
Test(names, that_differ_in_a_dot) {
    static const char model[] =
        "network dots_%d\ninput h_weight[2] minmax, h_weight_low[2]\ntarget y[2]\n"
        "h = dense(h_weight, 2)\nh_bias = param([2], 1)\nh_weight_m = h + h_bias + h_weight_low\n"
        "h_weight2 = h_weight_m * 2\nrows_y = h_weight2 + 1\n"
        "loss half_squared_error(rows_y, y)\nupdate adam()\nbatch 2\noutput rows_y, h_weight_m\n";
    Headers nets = {0};
    workshop_open("names_dots");
    for (int i = 0; i < VARIANTS; i++) {
        char text[1024];
        snprintf(text, sizeof text, model, i);
        if (variant_has_turn(i, 1))
            add_net(&nets, text, variant_number(i));
    }
    expect_compile(&nets);
    workshop_remove();
}

static const char *const small_net =
    "network %s\ninput x[3]\ntarget y[2]\nq = dense(x, 2)\n"
    "loss half_squared_error(q, y)\nupdate momentum(0.1)\nbatch 4\n";

/* Layers so wide that their loops go by panels and blocks, called as the variables of these. */
Test(names, of_loops_over_panels_and_blocks) {
    static const char *const parts[] = {"i", "j", "b", "k"};
    static const char *const flags[] = {"", "-march=x86-64-v4"};
    static const Target targets[] = {TARGET_GENERIC, TARGET_X86_64_V4};
    workshop_open("names_loops");
    for (int part = 0; part < 4; part++)
        for (int t = 0; t < 2; t++) {
            const char *v = parts[part];
            char text[512], file[64];
            snprintf(text, sizeof text,
                     "network n\ninput %s[784]\ntarget y[40]\n%s_panel = relu(dense(%s, 1024))\n"
                     "%s_block = relu(dense(%s_panel, 1024))\np = dense(%s_block, 40)\n"
                     "loss mean_squared_error(p, y)\nupdate adam()\nbatch 64\n",
                     v, v, v, v, v, v);
            snprintf(file, sizeof file, "net_%s_%d", v, t);
            generate(file, text, (Variant){targets[t], UNROLL_AUTO, false, false});
            expect_run("gcc -std=c11 %s -fsyntax-only" STRICT RUNTIME "%s.c", flags[t], file);
        }
    workshop_remove();
}

static void generate_named(const char *network) {
    char text[512];
    snprintf(text, sizeof text, small_net, network);
    generate(network, text, (Variant){TARGET_GENERIC, UNROLL_AUTO, false, false});
}

/* Two nets of which one's name begins with the other's, in one program, and both headers in one
   file of C++. A net whose name differs in case alone lives there too, but not in the same file. */
Test(names, of_two_nets_in_one_program) {
    workshop_open("names_two");
    generate_named("a");
    generate_named("a_b");
    generate_named("A");
    write_text("capital.c", "#include \"A.h\"\nint capital(void);\n"
                            "int capital(void) { return A_BATCH; }\n");
    expect_run("gcc -std=c11" STRICT RUNTIME "-I. -c " PROGRAMS
               "two_nets.c a.c a_b.c A.c capital.c && "
               "gcc -o two two_nets.o a.o a_b.o A.o capital.o -lm && ./two");
    expect_run("g++ -std=c++17" STRICT RUNTIME "-I. -o two_cpp -x c++ " PROGRAMS
               "two_nets.c -x none a.o a_b.o -lm && "
               "./two_cpp");
    write_text("both.c", "#include \"a.h\"\n#include \"a.h\"\n#include \"A.h\"\n");
    cr_expect_neq(run("gcc -std=c11" RUNTIME "-fsyntax-only both.c"), 0);
    cr_expect(strstr(run_output(), "the names of two networks differ in case alone: A_BATCH"), "%s",
              run_output());
    workshop_remove();
}
