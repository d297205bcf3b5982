/* See glue.h. */

#define _GNU_SOURCE
#include "glue.h"

#include <ctype.h>
#include <stdio.h>

static int variable_count(const Graph *graph, VariableKind kind) {
    int count = 0;
    for (int v = 0; v < graph->variable_count; v++) {
        count += graph->variables[v]->kind == kind;
    }
    return count;
}

static void add_arguments(FILE *out, const char *array, int count) {
    for (int i = 0; i < count; i++) {
        fprintf(out, ", %s[%d]", array, i);
    }
    fputs(");\n", out);
}

static void add_upper(FILE *out, const char *name) {
    for (; *name; name++) {
        fputc(toupper((unsigned char)*name), out);
    }
}

static void write_predict(FILE *out, const Graph *graph) {
    fputs("static void GLUE(predict_one)(const void *net, void *work, const void *const *in, "
          "void *const *out) {\n    (void)in;\n",
          out);
    fprintf(out, "    %s_predict(net, work", graph->name);
    for (int i = 0; i < variable_count(graph, VARIABLE_INPUT); i++) {
        fprintf(out, ", in[%d]", i);
    }
    add_arguments(out, "out", graph->output_count);
    fputs("}\n", out);
}

/* Targets stand behind the inputs. */
static void write_targets(FILE *out, const Graph *graph, const Jacobian *jacobian) {
    int number = variable_count(graph, VARIABLE_INPUT);
    for (int i = 0; i < graph->variable_count; i++) {
        for (int k = 0; k < jacobian->target_count; k++) {
            if (jacobian->targets[k] == graph->variables[i]) {
                fprintf(out, ", in[%d]", number);
            }
        }
        number += graph->variables[i]->kind == VARIABLE_TARGET;
    }
}

static void write_derivatives(FILE *out, const Graph *graph) {
    fputs("static void GLUE(derivative)(int number, const void *net, void *work, const void *const "
          "*in, "
          "void *out) {\n    (void)number, (void)net, (void)work, (void)in, (void)out;\n",
          out);
    for (int i = 0; i < graph->jacobian_count; i++) {
        fprintf(out, "    if (number == %d)\n        %s_%s(net, work", i, graph->name,
                graph->jacobians[i].name);
        for (int k = 0; k < variable_count(graph, VARIABLE_INPUT); k++) {
            fprintf(out, ", in[%d]", k);
        }
        write_targets(out, graph, &graph->jacobians[i]);
        fputs(", out);\n", out);
    }
    fputs("}\n", out);
}

static void write_training(FILE *out, const Graph *graph) {
    fputs("static void GLUE(gradient_add)(const void *net, void *work, size_t n, "
          "const void *const *in) {\n    (void)net, (void)work, (void)n, (void)in;\n",
          out);
    if (graph->direction_count == 0) {
        fprintf(out, "    %s_gradient_add(net, work, n", graph->name);
        add_arguments(out, "in",
                      variable_count(graph, VARIABLE_INPUT) +
                          variable_count(graph, VARIABLE_TARGET));
    }
    fputs("}\nstatic void GLUE(set_first)(void *work, uint64_t first) {\n", out);
    fprintf(out, "    %s_set_first(work, first);\n}\n", graph->name);
    fprintf(out, "static void *GLUE(gradients)(void *work) {\n    return %s_gradients(work);\n}\n",
            graph->name);
}

static void write_hessian(FILE *out, const Graph *graph) {
    fprintf(
        out,
        "static void GLUE(hessian_times)(const void *net, void *work, size_t n, const void *const "
        "*in, const void *direction, void *product) {\n    (void)in;\n    %s_hessian_times(net, "
        "work, n",
        graph->name);
    for (int i = 0;
         i < variable_count(graph, VARIABLE_INPUT) + variable_count(graph, VARIABLE_TARGET); i++) {
        fprintf(out, ", in[%d]", i);
    }
    fputs(", direction, product);\n}\n", out);
}

char *glue_text(const Graph *graph) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) {
        return NULL;
    }
    fprintf(out,
            "#include \"nets.h\"\n#include \"%s.h\"\n#undef GLUE\n"
            "#define GLUE(function) %s_glue_##function\n",
            graph->name, graph->name);
    write_predict(out, graph);
    write_derivatives(out, graph);
    if (graph->has_update) {
        write_training(out, graph);
    }
    if (graph->has_hessian) {
        write_hessian(out, graph);
    }
    fprintf(
        out,
        "extern const NetGlue %s_glue;\nconst NetGlue %s_glue = {.predict_one = GLUE(predict_one), "
        ".derivative = GLUE(derivative)",
        graph->name, graph->name);
    if (graph->has_update) {
        fputs(", .gradient_add = GLUE(gradient_add), .set_first = GLUE(set_first), .gradients = "
              "GLUE(gradients), "
              ".gradient_count = ",
              out);
        add_upper(out, graph->name);
        fputs("_GRADIENTS", out);
    }
    if (graph->has_hessian) {
        fputs(", .hessian_times = GLUE(hessian_times), .direction_count = ", out);
        add_upper(out, graph->name);
        fputs("_DIRECTION", out);
    }
    fputs("};\n", out);
    fclose(out);
    return text;
}
