/* The core of each emitted function: its work on exactly function->examples examples. In: placed
   functions. Out: static C functions that the public ones of templates/net.c call. */

#include "emit/emitter.h"

#include <ctype.h>
#include <string.h>

static const char *const summaries[FUNCTION_COUNT] = {
    [FUNCTION_INIT] = "Initial parameters and state",
    [FUNCTION_PREDICT] = "Outputs of one example",
    [FUNCTION_PREDICT_BATCH] = "Outputs of a group of examples",
    [FUNCTION_LOSS] = "Mean cost, in prediction",
    [FUNCTION_EVALUATE] = "Mean cost and the metrics' sums, in prediction",
    [FUNCTION_GRADIENT] = "Mean cost and gradients",
    [FUNCTION_GRADIENT_ADD] =
        "Mean cost; gradients become keep * what they were + add * those of this batch",
    [FUNCTION_UPDATE] = "Applies the gradients",
    [FUNCTION_TRAIN_STEP] = "Forward, backward and update",
    [FUNCTION_HESSIAN] = "The Hessian of the mean cost times a direction",
    [FUNCTION_FINISH] = "Metrics from their sums over all examples",
    [FUNCTION_DERIVATIVE] = "A derivative for one example",
};

static bool returns_cost(const Function *function) {
    for (int i = 0; i < function->store_count; i++)
        if (function->stores[i].kind == STORE_COST)
            return true;
    return false;
}

typedef struct {
    Text *text, *names;
    Bindings *bindings;
    const char *body;
} Parameters;

/* The body without comments, whose words are not C. */
static char *without_comments(Compiler *compiler, const char *body) {
    Text *out = text_new(compiler);
    while (*body) {
        const char *comment = strstr(body, "/*");
        const char *end = comment ? strstr(comment, "*/") : NULL;
        const char *stop = end ? comment : body + strlen(body);
        while (end && stop > body && stop[-1] == ' ')
            stop--;
        bool has_line = end && end[2] == '\n' && (stop == body || stop[-1] == '\n');
        text_add_bytes(out, body, (size_t)(stop - body));
        body = end ? end + (has_line ? 3 : 2) : stop;
    }
    return out->bytes;
}

static bool uses_word(const char *body, const char *word) {
    size_t size = strlen(word);
    for (const char *at = strstr(body, word); at; at = strstr(at + 1, word)) {
        bool starts = at == body || (!isalnum((unsigned char)at[-1]) && at[-1] != '_' &&
                                     at[-1] != '>' && at[-1] != '.');
        bool ends = !isalnum((unsigned char)at[size]) && at[size] != '_';
        if (starts && ends)
            return true;
    }
    return false;
}

static void add_parameter(Parameters *parameters, const char *type, const char *name) {
    const char *comma = parameters->text->size ? ", " : "";
    text_add(parameters->text, "%s%s%s", comma, type, name);
    text_add(parameters->names, "%s%s", comma, name);
    if (!uses_word(parameters->body, name))
        bind_slot(bind_row(parameters->bindings, "unused"), "name", "%s", name);
}

static void add_net_and_work(Emitter *emitter, const Function *function, Parameters *parameters) {
    const char *net = emitter->net;
    FunctionKind kind = function->kind;
    bool writes_net =
        kind == FUNCTION_INIT || kind == FUNCTION_UPDATE || kind == FUNCTION_TRAIN_STEP;
    add_parameter(parameters,
                  format_text(emitter->compiler, writes_net ? "%s *" : "const %s *", emitter->self),
                  "net");
    if (kind == FUNCTION_INIT)
        return;
    add_parameter(parameters,
                  format_text(emitter->compiler,
                              function_predicts(kind) ? "%s_predict_work *" : "%s_work *", net),
                  "work");
    if (kind != FUNCTION_GRADIENT_ADD)
        return;
    add_parameter(parameters, format_text(emitter->compiler, "%s ", real_type(emitter->compiler)),
                  "keep");
    add_parameter(parameters, format_text(emitter->compiler, "%s ", real_type(emitter->compiler)),
                  "add");
}

/* Prediction takes no targets, a derivative those of its own function. */
static bool takes_target(const Function *function, const Graph *graph, const Variable *target) {
    if (function->kind != FUNCTION_DERIVATIVE)
        return !function_predicts(function->kind);
    const Jacobian *jacobian = &graph->jacobians[function->number];
    for (int i = 0; i < jacobian->target_count; i++)
        if (jacobian->targets[i] == target)
            return true;
    return false;
}

static void add_fields(Emitter *emitter, const Function *function, Parameters *parameters) {
    const Graph *graph = emitter->program->graph;
    bool predicts = function_predicts(function->kind);
    bool takes_data = function->kind != FUNCTION_INIT && function->kind != FUNCTION_UPDATE;
    for (int pass = 0; pass < 2 && takes_data; pass++)
        for (int i = 0; i < graph->variable_count; i++) {
            const Variable *variable = graph->variables[i];
            if (variable->kind != (pass ? VARIABLE_TARGET : VARIABLE_INPUT) ||
                (pass && !takes_target(function, graph, variable)))
                continue;
            const char *type = variable->onehot ? "int32_t" : real_type(emitter->compiler);
            add_parameter(parameters, format_text(emitter->compiler, "const %s *", type),
                          field_name(emitter, variable));
        }
    bool is_derivative = function->kind == FUNCTION_DERIVATIVE;
    int first = is_derivative ? graph->output_count + function->number : 0;
    int end = is_derivative ? first + 1 : graph->output_count;
    for (int i = first; predicts && i < end; i++)
        add_parameter(parameters,
                      format_text(emitter->compiler, "%s *", real_type(emitter->compiler)),
                      output_name(emitter, i));
}

static void add_parameters(Emitter *emitter, const Function *function, Parameters *parameters) {
    if (function->kind == FUNCTION_FINISH) {
        if (!function->schedule->is_straight)
            add_parameter(parameters, format_text(emitter->compiler, "%s_work *", emitter->net),
                          "work");
        add_parameter(parameters, "const double *", "sums");
        add_parameter(parameters, "double ", "count");
        add_parameter(parameters, "double *", "values");
        return;
    }
    add_net_and_work(emitter, function, parameters);
    add_fields(emitter, function, parameters);
    if (function->kind == FUNCTION_EVALUATE)
        add_parameter(parameters, "double *", "sums");
}

/* The value of a scalar argument that the body uses. */
static const char *given_value(Emitter *emitter, const Node *node) {
    const char *real = real_type(emitter->compiler);
    switch (node->given) {
    case GIVEN_STEP:
    case GIVEN_EPOCH:
    case GIVEN_EPOCHS:
        return format_text(emitter->compiler, "(%s)net->%s", real, given_names[node->given]);
    case GIVEN_COUNT:
        return format_text(emitter->compiler, "(%s)count", real);
    case GIVEN_KEEP:
        return "keep";
    case GIVEN_ADD:
        return "add";
    default:
        return NULL;
    }
}

static void bind_givens(Emitter *emitter, const Function *function, Bindings *bindings,
                        Text *heads) {
    Names seen = {.compiler = emitter->compiler};
    for (int i = 0; i < function->graph->node_count; i++) {
        const Node *node = function->graph->nodes[i];
        const char *value = node->kind == KIND_GIVEN ? given_value(emitter, node) : NULL;
        if (!value)
            continue;
        const char *name = given_names[node->given];
        if (name_is_used(&seen, name))
            continue;
        name_reserve(&seen, name);
        Bindings *row = bind_row(bindings, "givens");
        bind_slot(row, "name", "%s", name);
        bind_slot(row, "value", "%s", value);
        text_add(heads, "%s ", value);
    }
}

static void bind_copy(Bindings *row, const char *array, int64_t first, int64_t offset,
                      int64_t count) {
    bind_slot(row, "array", "%s", array);
    bind_slot(row, "first", "%lld", (long long)first);
    bind_slot(row, "offset", "%lld", (long long)offset);
    bind_slot(row, "count", "%lld", (long long)count);
}

/* In nests, sums of metrics are copied to the arena before the kernels run. */
static void bind_sums(const Graph *whole, const Function *function, Bindings *bindings) {
    const Schedule *schedule = function->schedule;
    for (int i = 0; i < schedule->storage_count && !schedule->is_straight; i++) {
        const Storage *storage = schedule->storages[i];
        if (storage->given == GIVEN_SUM && storage->first_use >= 0)
            bind_copy(bind_row(bindings, "taken"), "sums", graph_sum_at(whole, storage->number),
                      storage->offset, storage->count);
    }
}

/* In nests, results are in the arena after the kernels. */
static void bind_results(const Emitter *emitter, const Function *function, Bindings *bindings) {
    const Graph *whole = emitter->program->graph;
    const char *cost = "cost";
    for (int i = 0; i < function->store_count && !function->schedule->is_straight; i++) {
        const Store *store = &function->stores[i];
        bool is_sum = store->kind == STORE_SUM;
        if (store->kind != STORE_COST && !is_sum && store->kind != STORE_METRIC)
            continue;
        const Storage *storage = access_of_store(emitter->layouts, function, i)->storage;
        const char *from =
            format_text(bindings->compiler, "work->arena[%lld]", (long long)storage->offset);
        if (store->kind == STORE_COST) {
            cost = from;
            continue;
        }
        int64_t first =
            is_sum ? graph_sum_at(whole, store->number) : graph_figure_at(whole, store->number);
        Bindings *row = bind_row(bindings, storage->count == 1 ? "results" : "given_back");
        bind_slot(row, "to", "%s[%lld]", is_sum ? "sums" : "values", (long long)first);
        bind_slot(row, "from", "(double)%s", from);
        bind_copy(row, is_sum ? "sums" : "values", first, storage->offset, storage->count);
    }
    bind_slot(bindings, "returned", "%s", returns_cost(function) ? cost : "");
}

static char *core_name(Compiler *compiler, const Function *function) {
    if (function->kind != FUNCTION_DERIVATIVE)
        return format_text(compiler, "%s", function_names[function->kind]);
    return format_text(compiler, "derivative_%d", function->number + 1);
}

static char *core_summary(Compiler *compiler, const Function *function) {
    const char *summary = summaries[function->kind];
    if (function->kind != FUNCTION_DERIVATIVE)
        return format_text(compiler, "%s.", summary);
    return format_text(compiler, "%s: %s.", function->name, summary);
}

/* Drops a function as user of its kernels: its core is not emitted. */
static void forget_user(Emitter *emitter, const Function *function) {
    for (int i = 0; i < emitter->shared_count; i++) {
        SharedKernel *kernel = &emitter->shared[i];
        if (kernel->user_count > 0 && kernel->last_user == function)
            kernel->user_count--;
    }
}

/* For the function that calls this core of the version that is chosen. */
static void keep_core(Emitter *emitter, const Function *function, const Parameters *parameters) {
    Compiler *compiler = emitter->compiler;
    if (emitter->program != emitter->versions[0].program)
        return;
    Core core = {.summary = core_summary(compiler, function),
                 .core = core_name(compiler, function),
                 .result = returns_cost(function) ? real_type(compiler) : "void",
                 .parameters = parameters->text->bytes,
                 .arguments = parameters->names->bytes};
    PUSH(compiler, emitter->core, emitter->core_count, core);
}

static void emit_core(Emitter *emitter, Function *function, Text *out) {
    Compiler *compiler = emitter->compiler;
    Bindings bindings = bindings_new(compiler, emitter->base);
    label_function(emitter, function);
    char *body = function->schedule->is_straight ? emit_straight(emitter, function)
                                                 : emit_nests(emitter, function);
    if (function->kind == FUNCTION_PREDICT)
        emitter->predict_body = body;
    bool is_alone = emitter->version_count == 1; /* versions agree on what there is */
    if (is_alone && function->kind == FUNCTION_PREDICT_BATCH && function->examples == 1 &&
        strcmp(body, emitter->predict_body) == 0) {
        emitter->goes_singly = true;
        return;
    }
    if (function->kind == FUNCTION_LOSS)
        emitter->loss_body = body;
    if (is_alone && function->kind == FUNCTION_EVALUATE &&
        emitter->program->graph->sum_count == 0 && strcmp(body, emitter->loss_body) == 0) {
        emitter->evaluates_loss = true;
        forget_user(emitter, function);
        return;
    }
    bool is_init = function->kind == FUNCTION_INIT;
    const char *code = without_comments(compiler, body);
    bool streams = uses_word(code, "stream");
    Text *words = text_new(compiler);
    bool is_again = *emitter->suffix && emitter->program != emitter->versions[0].program;
    bind_slot(&bindings, "body", "%s", is_again ? code : body);
    bind_slot(&bindings, "suffix", "%s", emitter->suffix);
    bind_slot(&bindings, "core", "%s", core_name(compiler, function));
    bool is_chosen = *emitter->suffix != 0; /* the function that chooses it says what it is */
    bind_slot(&bindings, "summary", "%s", is_chosen ? "" : core_summary(compiler, function));
    bind_slot(&bindings, "result", "%s", returns_cost(function) ? real_type(compiler) : "void");
    bool has_local = is_init && function->schedule->arena_size > 0;
    const char *local =
        has_local ? format_text(compiler, "%lld", (long long)function->schedule->arena_size) : "";
    bind_slot(&bindings, "local_arena", "%s", local);
    if (has_local)
        function->schedule->arena_size = 0;
    bind_slot(&bindings, "stream", "%s", !streams ? "" : is_init ? "0" : "(uint32_t)net->step");
    bind_givens(emitter, function, &bindings, words);
    bind_sums(emitter->program->graph, function, &bindings);
    bind_results(emitter, function, &bindings);
    text_add(words, "%s %s", code, streams && !is_init ? "net " : "");
    bool in_nests = !function->schedule->is_straight;
    if (function->kind == FUNCTION_EVALUATE && in_nests && emitter->program->graph->sum_count > 0)
        text_add(words, "sums ");
    if (function->kind == FUNCTION_FINISH && in_nests)
        text_add(words, "sums values work ");
    if (returns_cost(function) && !function->schedule->is_straight)
        text_add(words, "work ");
    Parameters parameters = {text_new(compiler), text_new(compiler), &bindings, words->bytes};
    add_parameters(emitter, function, &parameters);
    bind_slot(&bindings, "parameters", "%s", parameters.text->bytes);
    keep_core(emitter, function, &parameters);
    template_add(out, "core", &bindings, 0);
}

/* Reserves the names of all functions of the net, so that no kernel has one. */
void reserve_functions(Emitter *emitter) {
    static const char *const words[] = {
        "init",          "set_epoch", "fit",          "predict",      "predict_batch", "loss",
        "train_step",    "gradient",  "gradient_add", "gradients",    "update",        "set_first",
        "hessian_times", "get",       "set",          "get_gradient", "network",       "begin",
        "end_step",      "tensors",   "places",       "inputs",       "targets",       "outputs",
        "metrics",       "order",     "work",         "predict_work", "versions",      "use",
        "version",       "chosen",    "choice"};
    static const char *const tables[] = {
        "output_targets", "metric_targets",     "thunk_fit",
        "thunk_get",      "thunk_get_counters", "thunk_get_gradient",
        "thunk_set",      "thunk_set_counters", "thunk_set_epoch"};
    Names *names = &emitter->kernel_names;
    name_reserve(names, emitter->self);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        name_reserve(names, format_text(emitter->compiler, "%s_%s", emitter->net, words[i]));
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        name_reserve(names, format_text(emitter->compiler, "%s_%s", emitter->net, tables[i]));
    for (int i = 0; i < emitter->program->function_count; i++) {
        const Function *function = emitter->program->functions[i];
        if (function->kind != FUNCTION_DERIVATIVE)
            continue;
        name_reserve(names, format_text(emitter->compiler, "%s_%s", emitter->net, function->name));
        name_reserve(names, format_text(emitter->compiler, "%s_derivative_%d_rows", emitter->net,
                                        function->number + 1));
    }
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        name_reserve(names,
                     format_text(emitter->compiler, "%s_%s_rows", emitter->net, function_names[i]));
        name_reserve(
            names, format_text(emitter->compiler, "%s_thunk_%s", emitter->net, function_names[i]));
    }
    for (int v = 0; emitter->version_count > 1 && v < emitter->version_count; v++)
        for (int i = 0; i < emitter->program->function_count; i++)
            name_reserve(names,
                         format_text(emitter->compiler, "%s_%s_rows%s", emitter->net,
                                     core_name(emitter->compiler, emitter->program->functions[i]),
                                     version_suffix(emitter->versions[v].target)));
}

char *emit_cores(Emitter *emitter, Cores which) {
    Text *out = text_new(emitter->compiler);
    for (int i = 0; i < emitter->program->function_count; i++) {
        Function *function = emitter->program->functions[i];
        bool is_shared = function->kind == FUNCTION_INIT || function->kind == FUNCTION_FINISH;
        if (which == CORES_ALL || is_shared == (which == CORES_SHARED))
            emit_core(emitter, function, out);
    }
    return out->bytes;
}
