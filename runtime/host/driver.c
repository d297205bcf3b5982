/* The command line of any generated net: `main`, compiled into net.c by -DNN_MAIN, calls nn_main.
   Comes in: nn_network and the arguments. Goes out: results on stdout, messages on stderr, the exit
   code. */

#include "host.h"

#include <stdlib.h>
#include <string.h>

enum { PREDICT_ROWS = 256, STOPPED = 128 }; /* STOPPED: exit codes of signals are above it */

void nn_session_note(nn_session *session) {
    nn_error *error = session->error;
    if (error->code == NN_FINE && error->text[0])
        fprintf(stderr, "%s\n", error->text);
    error->text[0] = '\0';
}

nn_data *nn_session_data(nn_session *session, const char *path) {
    nn_reading reading = session->options->reading;
    reading.may_lack_targets = session->options->command == NN_PREDICT;
    reading.classes = session->kept.classes;
    reading.means = session->kept.means;
    reading.sources = session->kept.sources;
    if (session->options->command & (NN_PREDICT | NN_TEST))
        reading.sources->are_known = true; /* only training data says what feeds a net */
    if (reading.missing == NN_MISSING_MEAN && !reading.means->are_known &&
        (session->options->command & (NN_PREDICT | NN_TEST))) {
        nn_fail(session->error, NN_WRONG, (nn_place){session->options->weights, 0},
                "no means for --missing mean are kept with these weights");
        nn_hint(session->error, "train --missing mean keeps them; --missing skip does without");
        return NULL;
    }
    nn_data *data = nn_data_load(session->network, path, &reading, session->error);
    if (data)
        nn_session_note(session);
    return data;
}

bool nn_session_weights(nn_session *session, const char *path, nn_absent_scaling scaling) {
    const nn_options *options = session->options;
    nn_weights_from from = {.map = options->map,
                            .transpose = options->transpose,
                            .scaling = scaling,
                            .kept = session->kept,
                            .is_absent = session->is_absent};
    if (!nn_weights_import(session->network, session->net, path, &from, session->error))
        return false;
    nn_session_note(session);
    return true;
}

/* Copies scaling that came with the weights into `kept` or back. */
static void scaling_move(const nn_session *session, nn_thunk *get_or_set, char *kept) {
    const nn_network *network = session->network;
    for (size_t i = 0; i < network->tensor_count; i++) {
        const nn_tensor *tensor = &network->tensors[i];
        const void *in[] = {tensor->name, kept};
        if (tensor->role != NN_SCALING || session->is_absent[i])
            continue;
        get_or_set(session->net, NULL, 1, in, kept);
        kept += tensor->count * network->real_size;
    }
}

bool nn_session_fit(nn_session *session, const nn_data *data) {
    const nn_network *network = session->network;
    size_t all = 1;
    bool is_wanted = false;
    for (size_t i = 0; i < network->tensor_count; i++)
        if (network->tensors[i].role == NN_SCALING) {
            is_wanted |= session->is_absent[i];
            all += network->tensors[i].count;
        }
    if (!is_wanted)
        return true;
    char *kept = malloc(all * network->real_size);
    if (!kept)
        return nn_fail_memory(session->error);
    scaling_move(session, network->get, kept);
    bool is_fine = nn_data_fit(data, session->net, session->error);
    scaling_move(session, network->set, kept);
    free(kept);
    return is_fine;
}

static bool session_start(nn_session *session) {
    const nn_network *network = session->network;
    uint64_t seed = 1;
    const void *in[] = {&seed};
    session->net = nn_storage_new(network->net_size, network->net_align);
    session->work = nn_storage_new(network->work_size, network->work_align);
    session->predict_work = nn_storage_new(network->predict_work_size, network->predict_work_align);
    session->kept = (nn_kept){nn_classes_new(network), nn_means_new(network),
                              nn_sources_new(network), &session->bookmark};
    session->is_absent = calloc(network->tensor_count + 1, sizeof *session->is_absent);
    if (!session->net || !session->work || !session->predict_work || !session->kept.classes ||
        !session->kept.means || !session->kept.sources || !session->is_absent)
        return nn_fail_memory(session->error);
    for (size_t i = 0; i < network->tensor_count; i++)
        session->is_absent[i] = true;
    if (session->options->classes &&
        !nn_classes_give(session->kept.classes, session->options->classes, session->error))
        return false;
    network->init(session->net, NULL, 1, in, NULL);
    return true;
}

static void session_end(nn_session *session) {
    nn_classes_free(session->kept.classes);
    nn_means_free(session->kept.means);
    nn_sources_free(session->kept.sources);
    free(session->net);
    free(session->work);
    free(session->predict_work);
    free(session->is_absent);
    nn_outputs_end(session);
}

/* Prints "loss 0.0812, accuracy 0.9750". */
static bool results_report(nn_session *session, const nn_data *data, FILE *out) {
    const nn_network *network = session->network;
    double *results = calloc(network->figure_count + 1, sizeof *results);
    nn_shown shown;
    if (!results || !nn_evaluate(data, session->net, session->work, results, NULL)) {
        free(results);
        return nn_fail_memory(session->error);
    }
    if (session->options->wants_report) {
        nn_report_print(data, NULL, results);
        bool is_printed = nn_printed(session->error);
        free(results);
        return is_printed;
    }
    fprintf(out, "loss %s", nn_show(&shown, results[0]));
    nn_scaled_print(network, NN_SCALED_LOSS, out);
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1)
            fprintf(out, "\n%s %s", network->metrics[i].name,
                    nn_show(&shown, results[nn_result_at(network, i)]));
    fputc('\n', out);
    bool is_printed = nn_printed(session->error);
    free(results);
    return is_printed;
}

static bool test(nn_session *session) {
    if (!nn_session_weights(session, session->options->weights, NN_SCALING_NEEDED))
        return false;
    nn_data *data = nn_session_data(session, session->options->data);
    bool is_fine = data && results_report(session, data, stdout);
    nn_data_free(data);
    return is_fine;
}

/* The rows that are predicted at once, and one array per output for the results. */
typedef struct {
    size_t rows;
    void **outputs;
    const void **in;
} Predictions;

static bool predictions_new(Predictions *predictions, const nn_network *network) {
    *predictions =
        (Predictions){.rows = network->batch > PREDICT_ROWS ? network->batch : PREDICT_ROWS};
    predictions->outputs = calloc(network->output_count + 1, sizeof *predictions->outputs);
    predictions->in =
        calloc(network->input_count + network->target_count + 1, sizeof *predictions->in);
    bool is_fine = predictions->outputs && predictions->in;
    for (size_t i = 0; is_fine && i < network->output_count; i++) {
        size_t size = network->outputs[i].count * network->real_size;
        predictions->outputs[i] =
            size <= PTRDIFF_MAX / predictions->rows ? malloc(predictions->rows * size) : NULL;
        is_fine = predictions->outputs[i] != NULL;
    }
    return is_fine;
}

static void predictions_free(Predictions *predictions, const nn_network *network) {
    for (size_t i = 0; predictions->outputs && i < network->output_count; i++)
        free(predictions->outputs[i]);
    free(predictions->outputs);
    free(predictions->in);
}

/* Prints "p.0,p.1,q", or "p.cat,p.dog,q,kind". */
static void header_print(const nn_data *data, FILE *out) {
    const char *before = "";
    for (size_t i = 0; i < data->network->output_count; i++)
        for (size_t j = 0; j < data->network->outputs[i].count; j++, before = ",") {
            fputs(before, out);
            nn_value_heading(data, i, j, out);
        }
    nn_decisions_heading(data, out);
    fputc('\n', out);
}

static bool row_print(const nn_data *data, const Predictions *predictions, size_t row, FILE *out) {
    const nn_network *network = data->network;
    const char *before = "";
    for (size_t i = 0; i < network->output_count; i++) {
        size_t count = network->outputs[i].count;
        for (size_t j = row * count; j < (row + 1) * count; j++, before = ",")
            if (network->real_size == sizeof(float))
                fprintf(out, "%s%.9g", before, (double)((const float *)predictions->outputs[i])[j]);
            else
                fprintf(out, "%s%.17g", before, ((const double *)predictions->outputs[i])[j]);
    }
    nn_decisions_print(data, predictions->outputs, row, out);
    fputc('\n', out);
    return !ferror(out);
}

static bool predictions_print(nn_session *session, const nn_data *data, FILE *out) {
    const nn_network *network = session->network;
    const char *path = session->options->out;
    Predictions predictions;
    bool is_fine = predictions_new(&predictions, network) || nn_fail_memory(session->error);
    if (is_fine)
        header_print(data, out);
    for (size_t first = 0; is_fine && first < data->count; first += predictions.rows) {
        size_t n = data->count - first < predictions.rows ? data->count - first : predictions.rows;
        nn_data_at(data, first, predictions.in);
        network->predict(session->net, session->predict_work, n, predictions.in,
                         predictions.outputs);
        for (size_t row = 0; is_fine && row < n; row++)
            is_fine = row_print(data, &predictions, row, out) ||
                      nn_fail_errno(session->error, path ? path : "<stdout>", "cannot write");
    }
    is_fine = is_fine && (path || nn_printed(session->error));
    predictions_free(&predictions, network);
    return is_fine;
}

/* Where the data have targets, loss and metrics are printed too: to standard error if the
   outputs go to standard output. */
static bool predictions_report(nn_session *session, const nn_data *data) {
    return !data->has_targets || !session->network->evaluate ||
           results_report(session, data, session->options->out ? stdout : stderr);
}

/* The file is there when all has gone well. */
static bool predictions_write(nn_session *session, const nn_data *data) {
    bool is_file = session->options->out != NULL;
    FILE *out = is_file ? nn_save_open(&session->out, session->error) : stdout;
    if (!out)
        return false;
    bool is_fine = predictions_print(session, data, out) && predictions_report(session, data);
    return is_file ? nn_save_close(&session->out, is_fine, session->error) : is_fine;
}

static bool predict(nn_session *session) {
    if (!nn_session_weights(session, session->options->weights, NN_SCALING_NEEDED))
        return false;
    nn_data *data = nn_session_data(session, session->options->data);
    bool is_fine = data && predictions_write(session, data);
    nn_data_free(data);
    return is_fine;
}

static void shape_print(size_t rank, const size_t *shape) {
    for (size_t i = 0; i < rank; i++)
        printf("%s%zu", i ? ", " : "[", shape[i]);
    fputs(rank ? "]" : "", stdout);
}

static void fields_print(const char *kind, size_t count, const nn_field *fields, bool are_pairs) {
    for (size_t i = 0; i < count; i++) {
        printf("%-8s %s", kind, fields[i].name);
        shape_print(fields[i].rank, fields[i].shape);
        printf("%s%s%s\n", fields[i].is_onehot ? " onehot" : "",
               fields[i].is_scaled ? " scaled" : "", are_pairs ? " pairs" : "");
    }
}

static void tensors_print(const nn_network *network) {
    static const char *const roles[] = {"param", "state", "update", "scaling", "setting"};
    size_t parameters = 0;
    for (size_t i = 0; i < network->tensor_count; i++) {
        const nn_tensor *tensor = &network->tensors[i];
        printf("%-8s %s", roles[tensor->role], tensor->name);
        shape_print(tensor->rank, tensor->shape);
        putchar('\n');
        parameters += tensor->role == NN_PARAMETER ? tensor->count : 0;
    }
    printf("%zu parameters; net %zu bytes, work %zu, prediction work %zu\n", parameters,
           network->net_size, network->work_size, network->predict_work_size);
}

static void counters_print(const nn_session *session) {
    uint64_t counters[4]; /* seed, step, epoch, epochs */
    session->network->get_counters(session->net, NULL, 1, NULL, counters);
    printf("weights after step %llu, epoch %llu of %llu, ", (unsigned long long)counters[1],
           (unsigned long long)counters[2] + (counters[1] > 0), (unsigned long long)counters[3]);
    if (session->bookmark.done > 0)
        printf("which has seen %llu of %llu examples, ", (unsigned long long)session->bookmark.done,
               (unsigned long long)session->bookmark.examples);
    printf("seed %llu\n", (unsigned long long)counters[0]);
}

static bool info(nn_session *session) {
    const nn_network *network = session->network;
    if (session->options->weights &&
        !nn_session_weights(session, session->options->weights, NN_SCALING_STAYS))
        return false;
    printf("%-8s %s (model %s)\n", "network", network->name, network->model_hash);
    fields_print("input", network->input_count, network->inputs, false);
    fields_print("target", network->target_count, network->targets, network->is_pairs);
    fields_print("output", network->output_count, network->outputs, false);
    fields_print("metric", network->metric_count, network->metrics, false);
    printf("%-8s %zu, %s\n", "batch", network->batch,
           network->real_size == sizeof(float) ? "float" : "double");
    tensors_print(network);
    nn_classes_print(session->kept.classes);
    if (session->options->weights)
        counters_print(session);
    return nn_printed(session->error);
}

static bool command_run(nn_session *session) {
    nn_command command = session->options->command;
    bool has_loss = session->network->train_step && session->network->evaluate;
    if (!has_loss && !(command & (NN_PREDICT | NN_INFO | NN_SPLIT)))
        return nn_fail(session->error, NN_USAGE, (nn_place){NULL, 0},
                       "network '%s' has no loss, so it only predicts", session->network->name);
    bool needs_gradient = command == NN_CHECK || session->options->wants_watch;
    if (needs_gradient && (!session->network->gradient || !session->network->get_gradient))
        return nn_fail(session->error, NN_USAGE, (nn_place){NULL, 0},
                       "network '%s' does not tell its gradients", session->network->name);
    if (!nn_outputs_begin(session) || !session_start(session))
        return false;
    switch (command) {
    case NN_TRAIN: return nn_train(session);
    case NN_PREDICT: return predict(session);
    case NN_TEST: return test(session);
    case NN_CHECK: return nn_check(session);
    case NN_SWEEP: return nn_sweep(session);
    case NN_SPLIT: return nn_split(session);
    default: return info(session);
    }
}

/* "digits (model 31f2..), x86-64-v4 of x86-64-v4, x86-64-v3, generic" */
static bool version_print(const nn_network *network, nn_error *error) {
    printf("%s (model %s)", network->name, network->model_hash);
    if (network->versions) {
        printf(", %s of ", network->version());
        for (size_t i = 0; network->versions[i].name; i++)
            printf("%s%s", i ? ", " : "", network->versions[i].name);
    }
    putchar('\n');
    return nn_printed(error);
}

static bool has_version(const nn_network *network, const char *name) {
    for (size_t i = 0; network->versions[i].name; i++)
        if (strcmp(network->versions[i].name, name) == 0)
            return true;
    return false;
}

/* Uses the version that NNGEN_CPU in the environment names. */
static bool version_choose(const nn_network *network, nn_error *error) {
    const nn_place nowhere = {NULL, 0};
    const char *wanted = getenv("NNGEN_CPU");
    nn_quoted quoted;
    if (!wanted || !*wanted)
        return true;
    if (!network->versions)
        return nn_fail(error, NN_USAGE, nowhere,
                       "NNGEN_CPU: %s has one target, and no versions to choose from",
                       network->name);
    if (network->use(wanted))
        return true;
    if (has_version(network, wanted))
        return nn_fail(error, NN_USAGE, nowhere, "NNGEN_CPU: this CPU lacks what %s needs", wanted);
    nn_fail(error, NN_USAGE, nowhere, "NNGEN_CPU: %s has no version %s", network->name,
            nn_quote(&quoted, wanted));
    nn_hint(error, "--version names those that it has");
    return false;
}

static bool arguments_run(const nn_network *network, int argc, char **argv, nn_error *error,
                          int *stopped) {
    nn_options options;
    nn_locale locale;
    nn_session session = {.network = network, .options = &options, .error = error};
    bool is_fine = nn_options_parse(&options, argc, argv, error) && version_choose(network, error);
    if (is_fine && options.wants_version) {
        is_fine = version_print(network, error);
    } else if (is_fine && options.wants_help) {
        nn_options_help(stdout, argv[0]);
        is_fine = nn_printed(error);
    } else if (is_fine && nn_locale_enter(&locale, error)) {
        is_fine = command_run(&session);
        session_end(&session);
        nn_locale_leave(&locale);
    } else {
        is_fine = false;
    }
    *stopped = session.stopped;
    nn_options_free(&options);
    return is_fine;
}

int nn_main(const nn_network *network, int argc, char **argv) {
    nn_error error = {NN_FINE, ""};
    nn_stop before;
    int stopped = 0;
    nn_replace_streams();
    nn_stop_enter(&before);
    bool is_fine = arguments_run(network, argc, argv, &error, &stopped) && nn_printed(&error);
    nn_stop_leave(&before);
    if (!is_fine)
        fprintf(stderr, "%s\n", error.text);
    return !is_fine ? (int)error.code : stopped ? STOPPED + stopped : NN_FINE;
}
