/* Identifiers and numbers of emitted C. In: users' names and doubles. Out: text that C11 and C++17 read as what was meant. */

#include "emit.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Keywords of C and C++, names of the standard headers that emitted code includes, and nngen's own. */
static const char *const reserved[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
    "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const", "const_cast",
    "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else",
    "enum", "explicit", "export", "extern", "false", "final", "float", "for", "friend", "goto", "if", "import", "inline", "int",
    "long", "module", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq",
    "override", "private", "protected", "public", "register", "reinterpret_cast", "requires", "restrict", "return", "short",
    "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this", "thread_local",
    "throw", "true", "try", "typedef", "typeid", "typename", "typeof", "union", "unsigned", "using", "virtual", "void",
    "volatile", "wchar_t", "while", "xor", "xor_eq", "asm", "fortran", "linux", "unix", "errno", "NULL", "INFINITY", "NAN", "offsetof",
    "size_t", "ptrdiff_t", "max_align_t", "main", "abs", "exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "pow", "atan", "floor",
    "y0", "y1", "yn", "j0", "j1", "jn", "gamma", "signgam", "memcpy", "memset", "memcmp", "strcmp", "strlen", "index", "time", "div",
    "net", "work", "n", "seed", "step", "epoch", "epochs", "first", "arena", "gradients", "count", "share", "inputs", "targets",
    "keep", "add", "sums", "values", "out", "in", "name", "rows", "row", "cost", "from", "to", "total", "counters", "stream",
    "self", "outputs", "done", "scratch",
};

static bool is_reserved(const char *name) {
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], name) == 0) return true;
    return strncmp(name, "nn_", 3) == 0 || strncmp(name, "NN_", 3) == 0 || strstr(name, "__") || name[0] == '_';
}

static bool is_used(const Names *names, const char *name) {
    for (int i = 0; i < names->count; i++)
        if (strcmp(names->used[i], name) == 0) return true;
    return false;
}

/* Letters, digits and underscores; it ends in a letter or '_', since digits after '_' number instances. */
static char *identifier(Compiler *compiler, const char *wanted) {
    char *name = format_text(compiler, "%s%s", isdigit((unsigned char)wanted[0]) ? "v" : "", wanted);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c)) *c = '_';
    size_t size = strlen(name), digits = size;
    while (digits > 0 && isdigit((unsigned char)name[digits - 1])) digits--;
    bool is_instance = digits > 0 && digits < size && name[digits - 1] == '_';
    return is_instance || is_reserved(name) ? format_text(compiler, "%s_", name) : name;
}

const char *name_new(Names *names, const char *wanted) {
    char *base = identifier(names->compiler, wanted), *name = base;
    for (int number = 2; is_used(names, name); number++) name = format_text(names->compiler, "%s%d", base, number);
    PUSH(names->compiler, names->used, names->count, name);
    return name;
}

const char *real_text(Compiler *compiler, double value) {
    bool is_double = compiler->options.is_double;
    if (isnan(value)) return "NN_NAN";
    if (isinf(value) || (!is_double && fabs(value) > 3.4028234663852886e38)) return value < 0 ? "(-NN_INFINITY)" : "NN_INFINITY";
    char *text = format_text(compiler, is_double ? "%.17g" : "%.9g", value);
    for (int digits = 1; digits < (is_double ? 17 : 9); digits++) {
        char *shorter = format_text(compiler, "%.*g", digits, value);
        double read = 0;
        sscanf(shorter, "%lf", &read);
        if (is_double ? read == value : (float)read == (float)value) {
            text = shorter;
            break;
        }
    }
    const char *point = strpbrk(text, ".e") ? "" : ".0";
    const char *suffix = is_double ? "" : "f";
    return format_text(compiler, signbit(value) ? "(%s%s%s)" : "%s%s%s", text, point, suffix);
}
