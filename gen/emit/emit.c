/* emit: C from templates and plans. In: placed functions. Out: the text of net.c and net.h. This
   file fills the slots of the whole net; emit_core.c writes the cores of its functions,
   lower/emit_nest.c and lower/straight.c their bodies. */

#include "emit/emitter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *upper(Compiler *compiler, const char *name) {
    char *result = format_text(compiler, "%s", name);
    for (char *c = result; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return result;
}

/* ---- names and addresses of variables ---- */

/* The C name of an argument, which no local of a kernel may have. */
static const char *name_field(Emitter *emitter, Names *fields, const char *wanted) {
    const char *name = name_new(fields, wanted);
    size_t size = strlen(emitter->net);
    if (strncmp(name, emitter->net, size) == 0 && name[size] == '_')
        name_reserve(&emitter->kernel_names, name);
    return name;
}

static void name_variables(Emitter *emitter, Names *fields) {
    const Graph *graph = emitter->program->graph;
    emitter->member = NEW_ARRAY(emitter->compiler, const char *, graph->variable_count + 1);
    emitter->gradient_at = NEW_ARRAY(emitter->compiler, int64_t, graph->variable_count + 1);
    int output_count = graph->output_count + graph->jacobian_count;
    emitter->outputs = NEW_ARRAY(emitter->compiler, const char *, output_count + 1);
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (variable->scaling != SCALING_NONE)
            name_reserve(&emitter->scaled, variable->name);
        emitter->member[i] = variable_is_data(variable)
                                 ? name_field(emitter, fields, variable->name)
                                 : name_new(&emitter->net_names, variable->name);
        bool in_block = variable->gradient || (variable->kind == VARIABLE_STATE && variable->next);
        emitter->gradient_at[i] = -1;
        if (variable_is_data(variable) || !in_block)
            continue;
        emitter->gradient_at[i] = emitter->gradient_count;
        emitter->gradient_count += shape_count(variable->shape);
    }
    for (int i = 0; i < output_count; i++)
        emitter->outputs[i] = name_field(emitter, fields, graph_output_name(graph, i));
}

/* ---- lists of parameters and arguments ---- */

typedef struct {
    Text *parameters, *names, *addresses, *pointers, *at_done, *rows, *thunk;
} Arguments;

static Arguments arguments_new(Compiler *compiler) {
    Arguments arguments = {text_new(compiler), text_new(compiler), text_new(compiler),
                           text_new(compiler), text_new(compiler), text_new(compiler),
                           text_new(compiler)};
    return arguments;
}

static void add_argument(Arguments *to, const char *type, const char *name, int64_t count) {
    text_add(to->parameters, ", %s *%s", type, name);
    text_add(to->names, ", %s", name);
    text_add(to->addresses, ", &%s", name);
    text_add(to->pointers, ", %s **%s", type, name);
    text_add(to->at_done, count == 1 ? ", %s + done" : ", %s + %lldu * done", name,
             (long long)count);
    text_add(to->rows, ", work->rows_%s", name);
}

static void bind_arguments(Bindings *base, const char *prefix, const Arguments *arguments) {
    Compiler *compiler = base->compiler;
    bind_slot(base, format_text(compiler, "%s_parameters", prefix), "%s",
              arguments->parameters->bytes);
    bind_slot(base, format_text(compiler, "%s_names", prefix), "%s", arguments->names->bytes);
    bind_slot(base, format_text(compiler, "%s_addresses", prefix), "%s",
              arguments->addresses->bytes);
    bind_slot(base, format_text(compiler, "%s_pointers", prefix), "%s", arguments->pointers->bytes);
    bind_slot(base, format_text(compiler, "%s_at_done", prefix), "%s", arguments->at_done->bytes);
    bind_slot(base, format_text(compiler, "%s_rows", prefix), "%s", arguments->rows->bytes);
    bind_slot(base, format_text(compiler, "thunk_%s", prefix), "%s", arguments->thunk->bytes);
}

static char *shape_list(Compiler *compiler, Shape shape) {
    Text *text = text_new(compiler);
    for (int i = 0; i < shape.rank; i++)
        text_add(text, "%s%lld", i ? ", " : "", (long long)shape.size[i]);
    if (shape.rank == 0)
        text_add(text, "0");
    return text->bytes;
}

static void bind_field(Bindings *row, const char *name, const char *label, Shape shape) {
    bind_slot(row, "name", "%s", name);
    bind_slot(row, "label", "%s", label);
    bind_slot(row, "count", "%lld", (long long)shape_count(shape));
    bind_slot(row, "rank", "%d", shape.rank);
    bind_slot(row, "shape", "%s", shape_list(row->compiler, shape));
}

/* Slots of scaled inputs and targets, for fit. */
static void bind_fit(Emitter *emitter, Bindings *base, const Variable *variable, int number) {
    if (variable->scaling == SCALING_NONE)
        return;
    Bindings *row = bind_row(base, "scaled");
    bind_field(row, field_name(emitter, variable), variable->name, variable->shape);
    bind_slot(row, "form", "%s", variable->scaling == SCALING_MINMAX ? "minmax" : "standard");
    bind_slot(row, "low", "%s", emitter->member[variable->low->number]);
    bind_slot(row, "scale", "%s", emitter->member[variable->scale->number]);
    text_add(emitter->fit_parameters, ", const %s *%s", real_type(emitter->compiler),
             field_name(emitter, variable));
    text_add(emitter->fit_thunk, ", (const %s *)in[%d]", real_type(emitter->compiler), number);
}

static void bind_data_row(Emitter *emitter, Bindings *row, const Variable *variable, int number) {
    bind_field(row, field_name(emitter, variable), variable->name, variable->shape);
    bind_slot(row, "is_class", "%s", variable->onehot ? "1" : "");
    bind_slot(row, "is_onehot", "%d", variable->onehot);
    bind_slot(row, "is_scaled", "%d", variable->scaling != SCALING_NONE);
    bind_slot(row, "type", "%s", variable->onehot ? "int32_t" : real_type(emitter->compiler));
    bind_slot(row, "number", "%d", number);
}

static const char *data_type(Compiler *compiler, const Variable *variable) {
    return format_text(compiler, "const %s", variable->onehot ? "int32_t" : real_type(compiler));
}

static void bind_data(Emitter *emitter, Bindings *base) {
    const Graph *graph = emitter->program->graph;
    Compiler *compiler = emitter->compiler;
    Arguments inputs = arguments_new(compiler), data = arguments_new(compiler);
    int number = 0, counts[2] = {0, 0};
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < graph->variable_count; i++) {
            const Variable *variable = graph->variables[i];
            if (variable->kind != (pass ? VARIABLE_TARGET : VARIABLE_INPUT))
                continue;
            const char *type = data_type(compiler, variable);
            const char *name = field_name(emitter, variable);
            int64_t count = shape_count(variable->shape);
            add_argument(&data, type, name, count);
            text_add(data.thunk, ", (%s *)in[%d]", type, number);
            bind_fit(emitter, base, variable, number);
            if (pass == 0) {
                add_argument(&inputs, type, name, count);
                text_add(inputs.thunk, ", (%s *)in[%d]", type, number);
            }
            bind_data_row(emitter, bind_row(base, pass ? "targets" : "inputs"), variable, number);
            bind_data_row(emitter, bind_row(base, "data"), variable, number);
            if (pass == 0)
                bind_data_row(emitter, bind_row(base, "fields"), variable, number);
            counts[pass]++;
            number++;
        }
    bind_arguments(base, "input", &inputs);
    bind_arguments(base, "data", &data);
    bind_slot(base, "thunk_inputs", "%s", inputs.thunk->bytes);
    bind_slot(base, "input_count", "%d", counts[0]);
    bind_slot(base, "target_count", "%d", counts[1]);
    bind_slot(base, "fit_parameters", "%s", emitter->fit_parameters->bytes);
    bind_slot(base, "fit_thunk_inputs", "%s", emitter->fit_thunk->bytes);
}

static void bind_outputs(Emitter *emitter, Bindings *base) {
    const Graph *graph = emitter->program->graph;
    Arguments outputs = arguments_new(emitter->compiler);
    for (int i = 0; i < graph->output_count; i++) {
        Shape shape = graph->outputs[i]->shape;
        const char *name = emitter->outputs[i];
        add_argument(&outputs, real_type(emitter->compiler), name, shape_count(shape));
        text_add(outputs.thunk, ", (%s *)outputs[%d]", real_type(emitter->compiler), i);
        bind_field(bind_row(base, "outputs"), name, graph->output_names[i], shape);
        bind_field(bind_row(base, "fields"), name, graph->output_names[i], shape);
    }
    bind_arguments(base, "output", &outputs);
    bind_slot(base, "thunk_outputs", "%s", outputs.thunk->bytes);
    bind_slot(base, "output_count", "%d", graph->output_count);
}

/* "price, area" */
static void bind_scaled_targets(Emitter *emitter, Bindings *base) {
    const Graph *graph = emitter->program->graph;
    Text *targets = text_new(emitter->compiler), *outputs = text_new(emitter->compiler);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable->kind == VARIABLE_TARGET && variable->scaling != SCALING_NONE)
            text_add(targets, "%s%s", targets->size ? ", " : "", field_name(emitter, variable));
    }
    for (int i = 0; i < graph->output_count; i++)
        if (graph->output_units[i])
            text_add(outputs, "%s%s of %s", outputs->size ? ", " : "", emitter->outputs[i],
                     field_name(emitter, graph->output_units[i]));
    bind_slot(base, "scaled_targets", "%s", targets->bytes);
    bind_slot(base, "unscaled_outputs", "%s", outputs->bytes);
}

static void bind_jacobians(Emitter *emitter, Bindings *base) {
    const Graph *graph = emitter->program->graph;
    for (int i = 0; i < graph->jacobian_count; i++) {
        const Jacobian *jacobian = &graph->jacobians[i];
        Bindings *row = bind_row(base, "jacobians");
        bind_slot(row, "inputs_apart", "%s", jacobian_inputs(emitter, i));
        bind_slot(row, "function", "%s", jacobian->name);
        bind_slot(row, "core", "derivative_%d", i + 1);
        bind_slot(row, "name", "%s", emitter->outputs[graph->output_count + i]);
        bind_slot(row, "shape", "%s", shape_text(emitter->compiler, jacobian->value->shape));
        bind_slot(row, "meaning", "%s", jacobian->meaning);
        Arguments targets = arguments_new(emitter->compiler);
        for (int k = 0; k < jacobian->target_count; k++) {
            const Variable *target = jacobian->targets[k];
            add_argument(&targets, data_type(emitter->compiler, target),
                         field_name(emitter, target), shape_count(target->shape));
        }
        bind_slot(row, "target_parameters", "%s", targets.parameters->bytes);
        bind_slot(row, "target_names", "%s", targets.names->bytes);
    }
}

/* ---- tensors of the net ---- */

static const char *role_of(const Variable *variable) {
    switch (variable->kind) {
    case VARIABLE_PARAM:
        return "NN_PARAMETER";
    case VARIABLE_STATE:
        return "NN_STATE";
    case VARIABLE_OPTIMIZER:
        return "NN_OPTIMIZER";
    case VARIABLE_SETTING:
        return "NN_SETTING";
    default:
        return "NN_SCALING";
    }
}

/* How the runtime addresses an element: see nn_place. */
static void bind_element(Emitter *emitter, Bindings *row, const Variable *variable) {
    const Layout *layout = layout_of_variable(emitter->layouts, variable);
    int rank = variable->shape.rank, inner = rank == 0 ? 0 : layout_innermost_axis(layout);
    int64_t stride[MAX_RANK] = {0}, extent = rank ? variable->shape.size[inner] : 1;
    int64_t panel = layout_panels(layout, &inner), width = panel ? panel : extent;
    for (int axis = 0; axis < rank; axis++) /* of a panel one element wide */
        stride[axis] = axis == inner ? shape_count(variable->shape) / extent
                                     : layout_stride(layout, axis) / width;
    bind_slot(row, "stride", "%s", shape_list(row->compiler, shape_of(rank, stride)));
    bind_slot(row, "inner", "%d", inner);
    bind_slot(row, "panel", "%lld", (long long)width);
}

static char *order_text(Emitter *emitter, const Variable *variable) {
    const char *kept = kept_text_of_variable(emitter, variable);
    return format_text(emitter->compiler, "%s%s", kept ? ", kept as " : "", kept ? kept : "");
}

static void bind_tensors(Emitter *emitter, Bindings *base) {
    const Graph *graph = emitter->program->graph;
    Compiler *compiler = emitter->compiler;
    int64_t parameters = 0;
    int count = 0;
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable_is_data(variable))
            continue;
        Bindings *member = bind_row(base, "members");
        bind_slot(member, "member", "%s", emitter->member[i]);
        bind_slot(member, "count", "%lld", (long long)shape_count(variable->shape));
        bind_slot(member, "comment", "%s %s%s", variable->name,
                  shape_text(compiler, variable->shape), order_text(emitter, variable));
        Bindings *row = bind_row(base, "tensors");
        bind_field(row, variable->name, "", variable->shape);
        bind_slot(row, "label", "%s %s%s", variable->name, shape_text(compiler, variable->shape),
                  order_text(emitter, variable));
        bind_slot(row, "role", "%s", role_of(variable));
        bind_slot(row, "member", "%s", emitter->member[i]);
        bind_element(emitter, row, variable);
        bind_slot(row, "gradient", "%lld", (long long)emitter->gradient_at[i]);
        if (variable->kind == VARIABLE_OPTIMIZER) {
            Bindings *moments = bind_row(base, "moments");
            bind_slot(moments, "member", "%s", emitter->member[i]);
            bind_slot(moments, "count", "%lld", (long long)shape_count(variable->shape));
        }
        if (variable->kind == VARIABLE_PARAM)
            parameters += shape_count(variable->shape);
        count++;
    }
    bind_slot(base, "tensor_count", "%d", count);
    bind_slot(base, "parameters", "%lld", (long long)parameters);
    bind_slot(base, "counters_aligned", "%s",
              count ? "" : format_text(compiler, "%s_ALIGNED ", upper(compiler, graph->name)));
}

/* Offsets of the trained parameters in a direction of hessian_times. */
static void bind_directions(Emitter *emitter, Bindings *base) {
    const Graph *graph = emitter->program->graph;
    int64_t next = 0;
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable->kind != VARIABLE_PARAM || emitter->gradient_at[i] < 0)
            continue;
        bind_slot(bind_row(base, "directions"), "line", "%6lld  %s %s", (long long)next,
                  variable->name, shape_text(emitter->compiler, variable->shape));
        next += shape_count(variable->shape);
    }
    bind_slot(base, "direction", "%lld", (long long)next);
}

/* ---- the whole ---- */

static const char *unroll_name(const Compiler *compiler) {
    static const char *const names[] = {[UNROLL_AUTO] = "auto",
                                        [UNROLL_FULL] = "full",
                                        [UNROLL_TILE] = "tile",
                                        [UNROLL_NONE] = "none"};
    return names[compiler->options.unroll];
}

/* The version, and as the number that NN_VERSION of runtime/nn.h is: 12 of 0.0.12, 200 of 0.2.0. */
static void bind_version(Bindings *base) {
    int number = 0;
    for (const char *part = NNGEN_VERSION;; part = strchr(part, '.') + 1) {
        number = 100 * number + atoi(part);
        if (!strchr(part, '.'))
            break;
    }
    bind_slot(base, "version", "%s", NNGEN_VERSION);
    bind_slot(base, "version_number", "%d", number);
}

/* "c99", or "any --versions=x86-64-v4,generic" */
static const char *target_text(const Emitter *emitter) {
    const Options *options = &emitter->compiler->options;
    Target list[MOST_VERSIONS];
    if (!options->versions)
        return machine_of(options)->name;
    Text *out = text_new(emitter->compiler);
    int count = versions_listed(options->versions, list);
    for (int i = 0; i < count; i++)
        text_add(out, "%s%s",
                 i ? "," : "any --versions=", machine_of(&(Options){.target = list[i]})->name);
    return out->bytes;
}

static void bind_names(Emitter *emitter, Bindings *base, const Source *model) {
    const Program *program = emitter->program;
    Compiler *compiler = emitter->compiler;
    uint64_t hash = hash_bytes(HASH_START, model->text, model->size);
    bind_slot(base, "net", "%s", program->graph->name);
    bind_slot(base, "self", "%s", emitter->self);
    bind_slot(base, "NET", "%s", upper(compiler, program->graph->name));
    bind_slot(base, "real", "%s", real_type(compiler));
    bind_slot(base, "is_double", "%d", compiler->options.is_double);
    bind_version(base);
    bool chooses = emitter->version_count > 1;
    bind_slot(base, "runtime", "%s", chooses ? "NN_C99" : machine_of(&compiler->options)->runtime);
    bind_slot(base, "align", "%d", struct_alignment(&compiler->options));
    bind_slot(base, "estimates", "%s", !chooses && estimates_roots(&compiler->options) ? "1" : "");
    bind_slot(base, "batch", "%lld", (long long)program->graph->batch);
    bind_slot(base, "hash", "%016llx", (unsigned long long)hash);
    bind_slot(base, "banner", "network %s: generated by nngen %s. Do not edit.",
              program->graph->name, NNGEN_VERSION);
    bind_slot(base, "made_of", "--target=%s --unroll=%s --precision=%s%s, model %016llx",
              target_text(emitter), unroll_name(compiler), real_type(compiler),
              compiler->options.is_exact ? " --exact" : "", (unsigned long long)hash);
}

static void bind_sizes(Emitter *emitter, Bindings *base) {
    const Program *program = emitter->program;
    const Function *train_step = program_function(program, FUNCTION_TRAIN_STEP),
                   *group = program_function(program, FUNCTION_PREDICT_BATCH);
    bool trains = train_step != NULL, predicts = group != NULL;
    bind_slot(base, "has_hessian", "%s", program_function(program, FUNCTION_HESSIAN) ? "1" : "");
    bool splits = program_function(program, FUNCTION_UPDATE) != NULL;
    bind_slot(base, "splits", "%s", splits ? "1" : "");
    bind_slot(base, "update_or_null", splits ? "%s_thunk_update" : "NULL", program->graph->name);
    bind_slot(base, "trains", "%s", trains ? "1" : "");
    bind_slot(base, "predicts", "%s", predicts ? "1" : "");
    bind_slot(base, "rows", "%lld", (long long)(train_step ? train_step->examples : 1));
    bind_slot(base, "group", "%lld", (long long)(group ? group->examples : 1));
    bind_slot(base, "has_rest", "%s", group && group->examples > 1 ? "1" : "");
    bind_slot(base, "one_core", emitter->goes_singly ? "predict" : "predict_batch");
    bind_slot(base, "evaluates_loss", "%s", emitter->evaluates_loss ? "1" : "");
    bind_slot(base, "gradients", "%lld", (long long)emitter->gradient_count);
    bind_slot(base, "gradients_or_one", "%lld",
              (long long)(emitter->gradient_count ? emitter->gradient_count : 1));
    int64_t least = 0;
    for (int i = 0; i < emitter->version_count; i++) {
        int64_t needed = least_int(emitter->versions[i].program);
        least = needed > least ? needed : least;
    }
    const char *least_text = format_text(emitter->compiler, "%lld", (long long)least);
    bind_slot(base, "least_int", "%s", least > INT16_MAX ? least_text : "");
    const char *net = program->graph->name;
    bind_slot(base, "work_size", trains ? "sizeof(%s_work)" : "0", net);
    bind_slot(base, "predict_work_size", predicts ? "sizeof(%s_predict_work)" : "0", net);
    bind_slot(base, "predict_or_null", predicts ? "%s_thunk_predict" : "NULL", net);
    bind_slot(base, "get_gradient_or_null", trains ? "%s_thunk_get_gradient" : "NULL", net);
}

/* Inputs and targets in order of declaration, if they are mixed. */
static void bind_field_order(Bindings *base, const Graph *graph, int inputs) {
    Text *order = text_new(base->compiler);
    bool is_mixed = false, after_target = false;
    int input = 0, target = inputs;
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (!variable_is_data(variable))
            continue;
        bool is_input = variable->kind == VARIABLE_INPUT;
        is_mixed |= is_input && after_target;
        after_target |= !is_input;
        text_add(order, "%s%d", order->size ? ", " : "", is_input ? input++ : target++);
    }
    bind_slot(base, "is_mixed", "%s", is_mixed ? "1" : "");
    bind_slot(base, "order", "%s", order->bytes);
    bind_slot(base, "order_or_null", is_mixed ? "%s_order" : "NULL", graph->name);
}

/* The number of a target, from 1; 0 for NULL. */
static int target_number(const Graph *graph, const Variable *target) {
    int number = 0;
    for (int i = 0; target && i < graph->variable_count; i++) {
        number += graph->variables[i]->kind == VARIABLE_TARGET;
        if (graph->variables[i] == target)
            return number;
    }
    return 0;
}

/* The targets whose classes outputs and metrics refer to. */
static void bind_classes(Bindings *base, const Graph *graph) {
    Text *outputs = text_new(base->compiler), *metrics = text_new(base->compiler);
    bool of_outputs = false, of_metrics = false;
    for (int i = 0; i < graph->output_count; i++) {
        const Variable *target = graph->output_classes[i];
        of_outputs |= target != NULL;
        text_add(outputs, "%s%d", i ? ", " : "", target_number(graph, target));
    }
    for (int i = 0; i < graph->metric_count && !graph->metrics[i].is_loss; i++) {
        const Variable *target = graph->metrics[i].classes;
        of_metrics |= target != NULL;
        text_add(metrics, "%s%d", i ? ", " : "", target_number(graph, target));
    }
    bind_slot(base, "output_targets", "%s", of_outputs ? outputs->bytes : "");
    bind_slot(base, "metric_targets", "%s", of_metrics ? metrics->bytes : "");
    bind_slot(base, "output_targets_or_null", of_outputs ? "%s_output_targets" : "NULL",
              graph->name);
    bind_slot(base, "metric_targets_or_null", of_metrics ? "%s_metric_targets" : "NULL",
              graph->name);
}

static void bind_tables(Emitter *emitter, Bindings *base) {
    const Graph *graph = emitter->program->graph;
    const char *net = graph->name;
    bool scaled = emitter->fit_parameters->size > 0;
    int inputs = 0, targets = 0, tensors = 0, metrics = graph->metric_count;
    if (metrics > 0 && graph->metrics[metrics - 1].is_loss)
        metrics--;
    for (int i = 0; i < graph->variable_count; i++) {
        inputs += graph->variables[i]->kind == VARIABLE_INPUT;
        targets += graph->variables[i]->kind == VARIABLE_TARGET;
        tensors += !variable_is_data(graph->variables[i]);
    }
    for (int i = 0; i < metrics; i++)
        bind_field(bind_row(base, "metrics"), "", graph->metrics[i].name,
                   graph->metrics[i].finish->shape);
    const Program *common = emitter->versions[emitter->version_count - 1].program;
    const Function *finish = program_function(common, FUNCTION_FINISH);
    bool takes_work = finish && !finish->schedule->is_straight;
    const char *work = format_text(emitter->compiler, "(%s_work *)work, ", net);
    bind_slot(base, "finish_work", "%s", takes_work ? work : "");
    bind_slot(base, "metric_count", "%d", metrics);
    bind_slot(base, "sum_count", "%lld", (long long)graph_sum_at(graph, graph->sum_count));
    bind_slot(base, "is_pairs", "%d", graph_has_pairs(graph));
    bind_slot(base, "figure_count", "%lld", (long long)graph_figure_at(graph, graph->metric_count));
    bind_slot(base, "inputs_or_null", inputs ? "%s_inputs" : "NULL", net);
    bind_slot(base, "targets_or_null", targets ? "%s_targets" : "NULL", net);
    bind_slot(base, "outputs_or_null", graph->output_count ? "%s_outputs" : "NULL", net);
    bind_field_order(base, graph, inputs);
    bind_slot(base, "tensors_or_null", tensors ? "%s_tensors" : "NULL", net);
    bind_slot(base, "metrics_or_null", metrics ? "%s_metrics" : "NULL", net);
    bind_classes(base, graph);
    bind_slot(base, "fit_or_null", scaled ? "%s_thunk_fit" : "NULL", net);
    bind_slot(base, "finishes", "%s", finish ? "1" : "");
    bind_slot(base, "finish_or_null", finish ? "%s_thunk_finish" : "NULL", net);
}

static void bind_all(Emitter *emitter, Bindings *base, const Source *model) {
    bind_names(emitter, base, model);
    bind_sizes(emitter, base);
    bind_data(emitter, base);
    bind_outputs(emitter, base);
    bind_scaled_targets(emitter, base);
    bind_overlap(emitter, base);
    bind_jacobians(emitter, base);
    bind_tensors(emitter, base);
    bind_directions(emitter, base);
    bind_tables(emitter, base);
    bind_versions(emitter, base);
}

static bool any_random(const Emitter *emitter) {
    for (int v = 0; v < emitter->version_count; v++)
        for (int i = 0; i < emitter->versions[v].program->function_count; i++)
            if (emitter->versions[v].program->functions[i]->schedule->uses_random)
                return true;
    return false;
}

static void add_functions(Emitter *emitter, Text *out) {
    const Program *program = emitter->program;
    static const char *const always[] = {"init", "set_epoch"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        template_add(out, always[i], emitter->base, 0);
    if (emitter->fit_parameters->size)
        template_add(out, "fit", emitter->base, 0);
    if (program_function(program, FUNCTION_PREDICT))
        template_add(out, "predict", emitter->base, 0);
    if (program->graph->jacobian_count > 0)
        template_add(out, "derivatives", emitter->base, 0);
    if (program_function(program, FUNCTION_TRAIN_STEP))
        template_add(out, "training", emitter->base, 0);
    template_add(out, "places", emitter->base, 0);
    if (program_function(program, FUNCTION_HESSIAN) &&
        program_function(program, FUNCTION_TRAIN_STEP))
        template_add(out, "hessian", emitter->base, 0);
    template_add(out, "network", emitter->base, 0);
    template_add(out, "foot", emitter->base, 0);
}

static char *render(const Bindings *base, const char *block) {
    Text *text = text_new(base->compiler);
    template_add(text, block, base, 0);
    return wrap_lines(base->compiler, text->bytes);
}

static uint64_t hash_text(uint64_t before, const char *text) {
    return hash_bytes(before, text, strlen(text));
}

/* Both files contain a hash of their text, so that the compiler refuses files of different runs. */
static void bind_pair(Bindings *base, const char *body) {
    bind_slot(base, "pair", "0");
    uint64_t hash = hash_text(HASH_START, render(base, "header"));
    hash = hash_text(hash, render(base, "banner"));
    hash = hash_text(hash, render(base, "head"));
    hash = hash_text(hash, body);
    bind_slot(base, "pair", "0x%016llxu", (unsigned long long)hash);
}

/* Joins net.c; `body` is its text after the head. */
static Emitted join(Bindings *base, const char *body, bool header_apart) {
    bind_pair(base, body);
    Text *source = text_new(base->compiler);
    char *header = render(base, "header");
    text_add(source, "%s%s", render(base, "banner"), render(base, "head"));
    if (!header_apart)
        text_add(source, "%s\n", header);
    text_add(source, "%s%s", render(base, "pair"), body);
    return (Emitted){.source = source->bytes, .header = header};
}

/* Kernels and cores of the only version. */
static char *emit_version(Emitter *emitter) {
    char *cores = emit_cores(emitter, CORES_ALL);
    Text *out = text_new(emitter->compiler);
    text_add(out, "%s%s%s", emitter->tables->bytes, emit_kernels(emitter, 0), cores);
    if (emitter->compiler->options.versions)
        template_add(out, "one_version", emitter->base, 0);
    return out->bytes;
}

Emitted emit(const Version *versions, int count, const Source *model, const char *header_name) {
    const Program *program = versions[0].program;
    Compiler *compiler = program->compiler;
    templates_read(compiler);
    Bindings base = bindings_new(compiler, NULL);
    Emitter emitter = {.versions = versions,
                       .version_count = count,
                       .compiler = compiler,
                       .net = program->graph->name,
                       .base = &base};
    choose_version(&emitter, 0);
    Names fields = {.compiler = compiler, .hides = &emitter};
    emitter.net_names.compiler = emitter.kernel_names.compiler = compiler;
    emitter.shared_keys.compiler = emitter.scaled.compiler = compiler;
    emitter.fit_parameters = text_new(compiler);
    emitter.fit_thunk = text_new(compiler);
    emitter.tables = text_new(compiler);
    emitter.self = name_type(compiler, library_avoid(compiler, program->graph->name));
    reserve_functions(&emitter);
    name_variables(&emitter, &fields);
    bind_names(&emitter, &base, model); /* cores need the names only; sizes are known after them */
    bind_versions(&emitter, &base);
    char *code = count > 1 ? emit_versions(&emitter) : emit_version(&emitter);
    base = bindings_new(compiler, NULL);
    bind_all(&emitter, &base, model);
    bind_slot(&base, "header_name", "%s", header_name ? header_name : "");
    bind_slot(&base, "own_header", "%s", header_name ? "1" : "");
    bind_slot(&base, "random", "%s", any_random(&emitter) ? "1" : "");
    bind_banner(&emitter, &base);

    Text *body = text_new(compiler);
    text_add(body, "%s", code);
    add_functions(&emitter, body);
    return join(&base, wrap_lines(compiler, body->bytes), header_name != NULL);
}
