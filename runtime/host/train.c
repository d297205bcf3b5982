/* The command train. Comes in: data files and options. Goes out: a line per epoch, a trained net, a
   weights file. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    nn_session *session;
    nn_data *data, *test;
    size_t *order;
    void **rows;                    /* per field: a batch, gathered in this epoch's order */
    double *results, *test_results; /* the loss, then the metrics */
    FILE *log;
    uint64_t seed;
    uint64_t first, end; /* epochs, counted from 0 */
    nn_progress progress;
} Training;

static const nn_network *network_of(const Training *training) {
    return training->session->network;
}

static bool rows_new(Training *training) {
    const nn_network *network = network_of(training);
    size_t fields = nn_data_field_count(training->data);
    training->rows = calloc(fields, sizeof *training->rows);
    training->order = calloc(training->data->count, sizeof *training->order);
    training->results = calloc(network->figure_count + 1, sizeof(double));
    training->test_results = calloc(network->figure_count + 1, sizeof(double));
    bool is_fine = training->rows && training->order && training->results && training->test_results;
    for (size_t i = 0; is_fine && i < fields; i++) {
        training->rows[i] = nn_storage_new(network->batch * nn_data_row_size(network, i), 64);
        is_fine = training->rows[i] != NULL;
    }
    return is_fine || nn_fail_memory(training->session->error);
}

static void training_free(Training *training) {
    for (size_t i = 0; training->rows && i < nn_data_field_count(training->data); i++)
        free(training->rows[i]);
    free(training->rows);
    free(training->order);
    free(training->results);
    free(training->test_results);
    nn_data_free(training->data);
    nn_data_free(training->test);
    if (training->log)
        fclose(training->log);
}

static void rows_gather(const Training *training, size_t first, size_t n) {
    for (size_t i = 0; i < nn_data_field_count(training->data); i++) {
        size_t size = nn_data_row_size(network_of(training), i);
        const char *from = training->data->values[i];
        char *to = training->rows[i];
        for (size_t row = 0; row < n; row++)
            memcpy(to + row * size, from + training->order[first + row] * size, size);
    }
}

static double batch_train(const Training *training, size_t n) {
    const nn_session *session = training->session;
    union {
        float narrow;
        double wide;
    } loss = {0};
    session->network->train_step(session->net, session->work, n,
                                 (const void *const *)training->rows, &loss);
    return session->network->real_size == sizeof(float) ? (double)loss.narrow : loss.wide;
}

/* One pass over the data in a new order. */
static bool epoch_train(Training *training, uint64_t epoch) {
    nn_session *session = training->session;
    size_t count = training->data->count, batch = session->network->batch;
    uint32_t given[] = {(uint32_t)epoch, (uint32_t)training->end};
    const void *in[] = {given};
    session->network->set_epoch(session->net, NULL, 1, in, NULL);
    nn_data_draw(training->data, training->seed, (uint32_t)epoch);
    nn_shuffle(training->order, count, training->seed, (uint32_t)epoch);
    training->progress.epoch = (uint32_t)epoch + 1;
    for (size_t first = 0; first < count; first += batch) {
        size_t n = count - first < batch ? count - first : batch;
        rows_gather(training, first, n);
        double loss = batch_train(training, n);
        if (!isfinite(loss))
            return nn_fail(session->error, NN_WRONG, (nn_place){NULL, 0},
                           "loss is %s in epoch %llu, batch %zu", isnan(loss) ? "nan" : "inf",
                           (unsigned long long)epoch + 1, first / batch + 1);
        nn_progress_show(&training->progress, (size_t)(epoch - training->first) * count + first + n,
                         nn_clock());
    }
    return true;
}

static bool epoch_measure(Training *training, uint64_t epoch) {
    nn_session *session = training->session;
    if (!nn_evaluate(training->data, session->net, session->work, training->results) ||
        (training->test &&
         !nn_evaluate(training->test, session->net, session->work, training->test_results)))
        return nn_fail_memory(session->error);
    if (isfinite(training->results[0]))
        return true;
    return nn_fail(session->error, NN_WRONG, (nn_place){NULL, 0}, "loss is %s after epoch %llu",
                   isnan(training->results[0]) ? "nan" : "inf", (unsigned long long)epoch + 1);
}

static void results_print(const nn_network *network, const char *before, const double *results) {
    nn_shown shown;
    printf("  %sloss %s", before, nn_show(&shown, results[0]));
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1)
            printf("  %s%s %s", before, network->metrics[i].name,
                   nn_show(&shown, results[nn_result_at(network, i)]));
}

static void epoch_print(Training *training, uint64_t epoch) {
    char digits[32];
    int width = snprintf(digits, sizeof digits, "%llu", (unsigned long long)training->end);
    if (training->session->options->is_quiet)
        return;
    nn_progress_clear(&training->progress);
    printf("epoch %*llu/%s", width, (unsigned long long)epoch + 1, digits);
    results_print(network_of(training), "", training->results);
    if (training->test)
        results_print(network_of(training), "test ", training->test_results);
    putchar('\n');
    fflush(stdout);
}

static bool log_fail(const Training *training) {
    return nn_fail_errno(training->session->error, training->session->options->csv_log,
                         "cannot write");
}

/* Only figures that are one number have a column. */
static void log_names(const Training *training, const char *set) {
    const nn_network *network = network_of(training);
    fprintf(training->log, ",%s_loss", set);
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1)
            fprintf(training->log, ",%s_%s", set, network->metrics[i].name);
}

static void log_numbers(const Training *training, const double *results) {
    const nn_network *network = network_of(training);
    fprintf(training->log, ",%.9g", results[0]);
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1)
            fprintf(training->log, ",%.9g", results[nn_result_at(network, i)]);
}

static bool log_open(Training *training) {
    const char *path = training->session->options->csv_log;
    if (!path)
        return true;
    training->log = fopen(path, "w");
    if (!training->log)
        return log_fail(training);
    fputs("epoch", training->log);
    log_names(training, "train");
    if (training->test)
        log_names(training, "test");
    fputc('\n', training->log);
    return fflush(training->log) == 0 || log_fail(training);
}

static bool log_epoch(const Training *training, uint64_t epoch) {
    if (!training->log)
        return true;
    fprintf(training->log, "%llu", (unsigned long long)epoch + 1);
    log_numbers(training, training->results);
    if (training->test)
        log_numbers(training, training->test_results);
    fputc('\n', training->log);
    return fflush(training->log) == 0 || log_fail(training);
}

static bool epochs_run(Training *training) {
    size_t run = (size_t)(training->end - training->first) * training->data->count;
    nn_progress_start(&training->progress, training->session->options->is_quiet ? NULL : stderr,
                      run, nn_clock());
    training->progress.epochs = (uint32_t)training->end;
    bool is_fine = true;
    for (uint64_t epoch = training->first; is_fine && epoch < training->end; epoch++) {
        is_fine = epoch_train(training, epoch) && epoch_measure(training, epoch);
        if (is_fine) {
            epoch_print(training, epoch);
            is_fine = log_epoch(training, epoch);
        }
    }
    nn_progress_clear(&training->progress);
    return is_fine;
}

/* From a file: its counters say where to go on; a seed on the command line replaces the file's. */
static bool net_load(Training *training) {
    nn_session *session = training->session;
    uint64_t counters[4]; /* seed, step, epoch, epochs */
    const void *in[] = {counters};
    if (!nn_session_weights(session, session->options->load))
        return false;
    session->network->get_counters(session->net, NULL, 1, NULL, counters);
    if (session->options->has_seed)
        counters[0] = session->options->seed;
    session->network->set_counters(session->net, NULL, 1, in, NULL);
    training->seed = counters[0];
    training->first = counters[1] > 0 ? counters[2] + 1 : 0;
    return true;
}

static bool net_start(Training *training) {
    nn_session *session = training->session;
    const void *in[] = {&session->options->seed};
    session->network->init(session->net, NULL, 1, in, NULL);
    training->seed = session->options->seed;
    if (session->options->load && !net_load(training))
        return false;
    if (!session->options->load)
        nn_data_fit(training->data, session->net);
    training->end = training->first + session->options->epochs;
    return training->end <= UINT32_MAX ||
           nn_fail(session->error, NN_WRONG, (nn_place){NULL, 0},
                   "%llu epochs are more than there can be", (unsigned long long)training->end);
}

static void final_print(const Training *training) {
    const nn_network *network = network_of(training);
    const double *results = training->test ? training->test_results : training->results;
    const char *set = training->test ? "test" : "train";
    nn_shown shown;
    size_t printed = 0;
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1 && ++printed)
            printf("%s %s %s\n", set, network->metrics[i].name,
                   nn_show(&shown, results[nn_result_at(network, i)]));
    if (printed == 0)
        printf("%s loss %s\n", set, nn_show(&shown, results[0]));
}

static bool training_run(Training *training) {
    nn_session *session = training->session;
    const char *save = session->options->save;
    if (save && !nn_save_check(save, session->error))
        return false;
    training->data = nn_session_data(session, session->options->data, true);
    if (!training->data)
        return false;
    if (session->options->test) {
        training->test = nn_session_data(session, session->options->test, true);
        if (!training->test)
            return false;
    }
    if (!net_start(training) || !rows_new(training) || !log_open(training) || !epochs_run(training))
        return false;
    bool is_saved = !save || nn_weights_save(session->network, session->net, save, session->error);
    final_print(training);
    return is_saved;
}

bool nn_train(nn_session *session) {
    Training training = {.session = session};
    bool is_fine = training_run(&training);
    training_free(&training);
    return is_fine;
}
