/* Identifiers and numbers of emitted C. In: users' names and doubles. Out: valid C11 and C++17
   text, numbers exact. */

#include "emit/emitter.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keywords of C and C++, names of the standard headers that emitted code includes, and nngen's own.
 */
static const char *const reserved[] = {
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "final",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "import",
    "inline",
    "int",
    "long",
    "module",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "override",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
    "asm",
    "fortran",
    "linux",
    "unix",
    "errno",
    "stdin",
    "stdout",
    "stderr",
    "complex",
    "imaginary",
    "noreturn",
    "math_errhandling",
    "s6_addr",
    "sa_handler",
    "sa_sigaction",
    "st_atime",
    "st_ctime",
    "st_mtime",
    "I",
    "NULL",
    "INFINITY",
    "NAN",
    "offsetof",
    "size_t",
    "ptrdiff_t",
    "max_align_t",
    "main",
    "abs",
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "tanh",
    "pow",
    "atan",
    "floor",
    "erf",
    "expm1",
    "log1p",
    "y0",
    "y1",
    "yn",
    "j0",
    "j1",
    "jn",
    "gamma",
    "signgam",
    "memcpy",
    "memset",
    "memcmp",
    "strcmp",
    "strlen",
    "index",
    "time",
    "div",
    "net",
    "work",
    "n",
    "seed",
    "step",
    "epoch",
    "epochs",
    "first",
    "arena",
    "gradients",
    "count",
    "share",
    "inputs",
    "targets",
    "keep",
    "add",
    "sums",
    "values",
    "out",
    "in",
    "name",
    "rows",
    "row",
    "cost",
    "from",
    "to",
    "total",
    "counters",
    "stream",
    "self",
    "outputs",
    "done",
    "direction",
    "product",
    "scratch",
    "std",
};

static bool ends_with(const char *name, const char *ending) {
    size_t size = strlen(name), length = strlen(ending);
    return size >= length && strcmp(name + size - length, ending) == 0;
}

/* The first of the digits that end before `end`. */
static const char *digits_before(const char *name, const char *end) {
    while (end > name && isdigit((unsigned char)end[-1]))
        end--;
    return end;
}

/* Macros and types of the standard headers: SIZE_MAX, M_PI, INT32_C, uint32_t. */
static bool is_standard(const char *name) {
    size_t size = strlen(name), capitals = 0;
    for (size_t i = 0; i < size; i++)
        capitals += !islower((unsigned char)name[i]);
    return (size > 1 && capitals == size) || (size > 2 && ends_with(name, "_t"));
}

static bool is_word(const char *name) {
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (*reserved[i] == *name && strcmp(reserved[i], name) == 0)
            return true;
    return is_standard(name);
}

static bool is_reserved(const char *name) {
    return strncmp(name, "nn_", 3) == 0 || strncmp(name, "NN_", 3) == 0 || strstr(name, "__") ||
           name[0] == '_';
}

/* The slot of a name, or the free slot for it. */
static Name *find_slot(const Names *names, const char *name) {
    uint64_t at = hash_bytes(HASH_START, name, strlen(name));
    for (;; at++) {
        Name *slot = &names->slots[at & (uint64_t)(names->capacity - 1)];
        if (!slot->text || strcmp(slot->text, name) == 0)
            return slot;
    }
}

static void grow(Names *names) {
    Names old = *names;
    names->capacity = old.capacity ? 2 * old.capacity : 64;
    names->slots = NEW_ARRAY(names->compiler, Name, names->capacity);
    for (int i = 0; i < old.capacity; i++)
        if (old.slots[i].text)
            *find_slot(names, old.slots[i].text) = old.slots[i];
}

bool name_is_used(const Names *names, const char *name) {
    return names->capacity > 0 && find_slot(names, name)->text;
}

Name *name_entry(Names *names, const char *text) {
    if (2 * (names->count + 1) > names->capacity)
        grow(names);
    Name *slot = find_slot(names, text);
    if (!slot->text)
        *slot = (Name){.text = text}, names->count++;
    return slot;
}

void name_reserve(Names *names, const char *name) {
    Name *slot = name_entry(names, name);
    if (slot->next == 0)
        slot->next = 2;
}

/* Whether the name looks like one that nngen derives from a value's: h_0, h_0_1, h_0_sum,
   h_0to3, h_part_0. */
static bool is_instance(const char *name, bool is_stem) {
    const char *at = name + strlen(name);
    if (is_stem && (ends_with(name, "_part") || ends_with(name, "_rest")))
        return true;
    if (ends_with(name, "_sum"))
        at -= strlen("_sum");
    const char *digits = digits_before(name, at);
    if (digits < at && digits - name > 2 && strncmp(digits - 2, "to", 2) == 0) {
        at = digits - 2;
        digits = digits_before(name, at);
    }
    return digits < at && digits > name && digits[-1] == '_';
}

/* Whether an outlined epilogue may have this name: kernels call epilogues that are named later, so
   no local of a kernel may have such a name. */
static bool may_be_kernel(const Names *names, const char *name) {
    if (!names->hides)
        return false;
    size_t size = strlen(names->hides->net);
    return strncmp(name, names->hides->net, size) == 0 &&
           strncmp(name + size, "_finish_", strlen("_finish_")) == 0;
}

static bool is_hiding(const Names *names, const char *name) {
    return names->hides && name_is_used(&names->hides->kernel_names, name);
}

/* Whether a stem with a number and more after it could shadow a type. */
static bool may_hide_type(const Names *names, const char *stem) {
    size_t size = strlen(stem);
    const char *type = names->hides ? names->hides->self : "";
    return strncmp(type, stem, size) == 0 &&
           (type[size] == '_' || isdigit((unsigned char)type[size]));
}

/* Makes an identifier: letters, digits and underscores, unlike the names of instances. */
static char *identifier(Compiler *compiler, const char *wanted, bool is_stem) {
    char *name =
        format_text(compiler, "%s%s", isdigit((unsigned char)wanted[0]) ? "v" : "", wanted);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    bool is_taken = is_instance(name, is_stem) || is_reserved(name) || (!is_stem && is_word(name));
    return is_taken ? format_text(compiler, "%s_", name) : name;
}

static const char *name_free(Names *names, const char *base) {
    const char *name = base;
    while (name_is_used(names, name))
        name = format_text(names->compiler, "%s%d", base, find_slot(names, base)->next++);
    name_reserve(names, name);
    return name;
}

const char *name_new(Names *names, const char *wanted) {
    const char *name = identifier(names->compiler, wanted, false);
    while (may_be_kernel(names, name))
        name = format_text(names->compiler, "v%s", name);
    const char *result = name_free(names, name);
    while (is_hiding(names, result))
        result = name_free(names, name);
    return result;
}

/* Whether templates, loops or parameters use this local name. */
static bool is_local(const char *name) {
    static const char *const words[] = {"at",   "place", "counter", "bits", "argc",
                                        "argv", "data",  "shares",  NULL};
    for (int i = 0; words[i]; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    bool is_loop = strchr("bijklmnopq", name[0]) &&
                   (!name[1] || strcmp(name + 1, "_panel") == 0 || strcmp(name + 1, "_block") == 0);
    return is_loop || strncmp(name, "given_", strlen("given_")) == 0;
}

const char *name_type(Compiler *compiler, const char *wanted) {
    bool is_taken = is_reserved(wanted) || is_word(wanted) || is_local(wanted);
    return format_text(compiler, is_taken ? "%s_" : "%s", wanted);
}

const char *name_stem(Names *names, const char *wanted) {
    const char *name = identifier(names->compiler, wanted, true);
    while (may_hide_type(names, name))
        name = format_text(names->compiler, "v%s", name);
    return name_free(names, name);
}

/* The value as the real type holds it; from FLOAT_END on a float is infinite. */
static double rounded(double value, bool is_double) {
    static const double FLOAT_END = 0x1.ffffffp127;
    if (is_double || isnan(value))
        return value;
    return fabs(value) < FLOAT_END ? (double)(float)value : value < 0 ? -INFINITY : INFINITY;
}

static double read_back(const char *text, bool is_double) {
    return is_double ? strtod(text, NULL) : (double)strtof(text, NULL);
}

double real_rounded(const Compiler *compiler, double value) {
    return rounded(value, compiler->options.is_double);
}

const char *table_text(Compiler *compiler, double value) {
    if (value == floor(value) && fabs(value) < 1e7)
        return format_text(compiler, "%.1f%s", value, compiler->options.is_double ? "" : "f");
    const char *text = real_text(compiler, value);
    return *text == '(' ? format_text(compiler, "%.*s", (int)strlen(text) - 2, text + 1) : text;
}

const char *real_text(Compiler *compiler, double exact) {
    bool is_double = compiler->options.is_double;
    double value = rounded(exact, is_double);
    if (isnan(value))
        return "NN_NAN";
    if (isinf(value))
        return value < 0 ? "(-NN_INFINITY)" : "NN_INFINITY";
    int digits = 1, enough = is_double ? 17 : 9;
    char *text = format_text(compiler, "%.*g", digits, value);
    while (digits < enough && read_back(text, is_double) != value)
        text = format_text(compiler, "%.*g", ++digits, value);
    const char *point = strpbrk(text, ".e") ? "" : ".0";
    const char *suffix = is_double ? "" : "f";
    return format_text(compiler, signbit(value) ? "(%s%s%s)" : "%s%s%s", text, point, suffix);
}

const char *real_type(const Compiler *compiler) {
    return compiler->options.is_double ? "double" : "float";
}
