/* The command train. Comes in: data files and options. Goes out: a trained net, a line per
   epoch, and a weights file and a log if wanted. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_EPOCHS = 10 };

static const nn_network *network_of(const nn_training *training) {
    return training->session->network;
}

static bool rows_new(nn_training *training) {
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

bool nn_training_close(nn_training *training) {
    bool is_logged = nn_log_close(&training->log);
    for (size_t i = 0; training->rows && i < nn_data_field_count(training->data); i++)
        free(training->rows[i]);
    free(training->rows);
    free(training->order);
    free(training->results);
    free(training->test_results);
    nn_watch_free(training->watch);
    nn_data_free(training->data);
    nn_data_free(training->test);
    return is_logged;
}

static void rows_gather(const nn_training *training, size_t first, size_t n) {
    for (size_t i = 0; i < nn_data_field_count(training->data); i++) {
        size_t size = nn_data_row_size(network_of(training), i);
        const char *from = training->data->values[i];
        char *to = training->rows[i];
        for (size_t row = 0; row < n; row++)
            memcpy(to + row * size, from + training->order[first + row] * size, size);
    }
}

static double batch_train(const nn_training *training, size_t n) {
    const nn_session *session = training->session;
    union {
        float narrow;
        double wide;
    } loss = {0};
    const void *const *in = (const void *const *)training->rows;
    if (training->watch)
        nn_watch_before(training->watch, n, in);
    session->network->train_step(session->net, session->work, n, in, &loss);
    if (training->watch)
        nn_watch_after(training->watch);
    return session->network->real_size == sizeof(float) ? (double)loss.narrow : loss.wide;
}

/* How a loss that is not finite is called. In an incomplete batch a nan may stem from infinity: the
   rows that fill it up repeat the first one with weight 0, and 0 times infinity is nan. */
static const char *loss_text(double loss, bool is_complete) {
    return isinf(loss) ? "inf" : is_complete ? "nan" : "inf or nan";
}

/* Trains one pass over the data, in a new order. */
static bool epoch_train(nn_training *training, uint64_t epoch) {
    nn_session *session = training->session;
    size_t count = training->data->count, batch = session->network->batch;
    uint32_t given[] = {(uint32_t)epoch, (uint32_t)training->total};
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
                           "loss is %s in epoch %llu, batch %zu", loss_text(loss, n == batch),
                           (unsigned long long)epoch + 1, first / batch + 1);
        nn_progress_show(&training->progress, (size_t)(epoch - training->first) * count + first + n,
                         nn_clock());
    }
    return true;
}

static bool epoch_measure(nn_training *training, uint64_t epoch) {
    nn_session *session = training->session;
    size_t bad, batch = session->network->batch;
    if (!nn_evaluate(training->data, session->net, session->work, training->results, &bad) ||
        (training->test &&
         !nn_evaluate(training->test, session->net, session->work, training->test_results, NULL)))
        return nn_fail_memory(session->error);
    if (bad == 0)
        return true;
    bool is_complete = bad * batch <= training->data->count;
    return nn_fail(
        session->error, NN_WRONG, (nn_place){NULL, 0}, "loss is %s after epoch %llu, in batch %zu",
        loss_text(training->results[0], is_complete), (unsigned long long)epoch + 1, bad);
}

static void epoch_print(nn_training *training, uint64_t epoch) {
    char digits[32];
    int width = snprintf(digits, sizeof digits, "%llu", (unsigned long long)training->total);
    if (training->is_quiet)
        return;
    nn_progress_clear(&training->progress);
    printf("epoch %*llu/%s", width, (unsigned long long)epoch + 1, digits);
    nn_results_print(network_of(training), "", training->results);
    if (training->test)
        nn_results_print(network_of(training), "test ", training->test_results);
    putchar('\n');
    if (training->watch)
        nn_watch_print(training->watch);
    fflush(stdout);
}

/* Says before the first epoch what the loss is of, if targets are scaled. */
static void units_print(const nn_training *training) {
    if (!training->is_quiet)
        nn_scaled_print(network_of(training), "the loss is of the scaled ",
                        "; outputs and metrics are in the units of the data\n", stderr);
}

bool nn_training_run(nn_training *training) {
    size_t run = (size_t)(training->end - training->first) * training->data->count;
    nn_progress_start(&training->progress, training->session->options->is_quiet ? NULL : stderr,
                      run, nn_clock());
    training->progress.epochs = (uint32_t)training->total;
    units_print(training);
    bool is_fine = true;
    for (uint64_t epoch = training->first; is_fine && epoch < training->end; epoch++) {
        is_fine = epoch_train(training, epoch) && epoch_measure(training, epoch);
        if (is_fine) {
            epoch_print(training, epoch);
            is_fine =
                nn_log_epoch(&training->log, epoch, training->results, training->test_results);
        }
    }
    nn_progress_clear(&training->progress);
    return is_fine;
}

/* Loads weights to continue from; the counters in the file say at which epoch. A seed on the
   command line replaces that of the file. */
static bool net_load(nn_training *training) {
    nn_session *session = training->session;
    uint64_t counters[4]; /* seed, step, epoch, epochs */
    const void *in[] = {counters};
    if (!nn_session_weights(session, session->options->load, NN_SCALING_FITTED))
        return false;
    session->network->get_counters(session->net, NULL, 1, NULL, counters);
    if (session->options->has_seed)
        counters[0] = session->options->seed;
    session->network->set_counters(session->net, NULL, 1, in, NULL);
    training->seed = counters[0];
    training->first = counters[1] > 0 ? counters[2] + 1 : 0;
    training->total = counters[1] > 0 ? counters[3] : 0;
    return true;
}

/* Makes the net. This comes before the data, because weights may have names of classes. */
static bool net_make(nn_training *training) {
    nn_session *session = training->session;
    const void *in[] = {&session->options->seed};
    session->network->init(session->net, NULL, 1, in, NULL);
    training->seed = session->options->seed;
    return !session->options->load || net_load(training);
}

/* A note where more epochs are trained than those that the weights were to have, of which some were
   left. */
static void total_note(const nn_training *training) {
    const nn_session *session = training->session;
    if (session->options->of || training->first >= training->total ||
        training->total >= training->end)
        return;
    nn_note(session->error, session->options->load,
            "training was to end with epoch %llu and now ends with epoch %llu, which schedules see "
            "as `epochs`; --of says how many in all",
            (unsigned long long)training->total, (unsigned long long)training->end);
    nn_session_note(training->session);
}

/* Sets which epochs are trained now, and how many there are in all, which schedules depend on: the
   number in --of; else that in the weights, if it is large enough, so that a schedule continues as
   it began. Without --epochs training ends where all are done, if some are left. */
static bool epochs_set(nn_training *training) {
    const nn_options *options = training->session->options;
    nn_error *error = training->session->error;
    uint64_t first = training->first, of = options->of;
    uint64_t all = of ? of : training->total > first ? training->total : first + DEFAULT_EPOCHS;
    uint64_t end = options->epochs ? first + options->epochs : all;
    training->end = end;
    if (of && of <= first)
        return nn_fail(error, NN_USAGE, (nn_place){NULL, 0},
                       "--of %llu: the weights have %llu epochs behind them",
                       (unsigned long long)of, (unsigned long long)first);
    if (of && of < end)
        return nn_fail(error, NN_USAGE, (nn_place){NULL, 0},
                       "--of %llu: training now ends with epoch %llu", (unsigned long long)of,
                       (unsigned long long)end);
    if (end > UINT32_MAX)
        return nn_fail(error, NN_WRONG, (nn_place){NULL, 0},
                       "%llu epochs are more than there can be", (unsigned long long)end);
    total_note(training);
    if (of || training->total < end)
        training->total = of ? of : end;
    return true;
}

static bool net_start(nn_training *training) {
    nn_session *session = training->session;
    if (!nn_session_fit(session, training->data))
        return false;
    nn_data_tell(training->data, session->net);
    return true;
}

static void final_print(const nn_training *training) {
    const nn_network *network = network_of(training);
    const double *results = training->test ? training->test_results : training->results;
    const char *set = training->test ? "test" : "train";
    nn_shown shown;
    size_t printed = 0;
    if (training->session->options->wants_report) {
        nn_report_print(training->test ? training->test : training->data,
                        training->test ? "test" : "training", results);
        return;
    }
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1 && ++printed)
            printf("%s %s %s\n", set, network->metrics[i].name,
                   nn_show(&shown, results[nn_result_at(network, i)]));
    if (printed > 0)
        return;
    printf("%s loss %s", set, nn_show(&shown, results[0]));
    nn_scaled_print(network, NN_SCALED_LOSS, stdout);
    putchar('\n');
}

static bool watch_open(nn_training *training) {
    if (training->session->options->wants_watch && !training->is_quiet)
        training->watch = nn_watch_new(training->session);
    return training->watch || !training->session->options->wants_watch || training->is_quiet ||
           nn_fail_memory(training->session->error);
}

bool nn_training_open(nn_training *training, nn_session *session) {
    const nn_options *options = session->options;
    if (!net_make(training) || !epochs_set(training))
        return false;
    training->data = nn_session_data(session, options->data);
    if (!training->data)
        return false;
    if (options->test) {
        training->test = nn_session_data(session, options->test);
        if (!training->test)
            return false;
    }
    training->log.network = session->network;
    training->log.path = options->log;
    training->log.error = session->error;
    training->log.has_test = training->test != NULL;
    training->log.goes_on = options->load != NULL;
    training->log.first = training->first;
    return net_start(training) && rows_new(training) && watch_open(training) &&
           nn_log_open(&training->log);
}

static bool weights_save(const nn_session *session) {
    const char *path = session->options->save;
    return !path ||
           nn_weights_save(session->network, session->net, &session->kept, path, session->error);
}

/* Saves the weights where training ends because the log cannot be written. */
static void weights_rescue(const nn_session *session) {
    uint64_t counters[4]; /* seed, step, epoch, epochs */
    nn_error first = *session->error;
    nn_quoted quoted;
    if (first.code != NN_FAILED || !session->options->save)
        return;
    bool is_saved = weights_save(session);
    *session->error = first;
    session->network->get_counters(session->net, NULL, 1, NULL, counters);
    if (is_saved)
        nn_hint(session->error, "the weights after epoch %llu are in %s",
                (unsigned long long)counters[2] + 1, nn_quote(&quoted, session->options->save));
}

static bool training_run(nn_training *training) {
    if (!nn_training_open(training, training->session))
        return false;
    if (!nn_training_run(training)) {
        weights_rescue(training->session);
        return false;
    }
    bool is_saved = weights_save(training->session);
    final_print(training);
    return is_saved;
}

/* The error that is reported is the first one. */
bool nn_train(nn_session *session) {
    nn_training training = {.session = session, .is_quiet = session->options->is_quiet};
    bool is_fine = training_run(&training);
    nn_error first = *session->error;
    bool is_logged = nn_training_close(&training);
    if (!is_fine)
        *session->error = first;
    return is_fine && is_logged;
}
