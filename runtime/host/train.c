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

void nn_training_close(nn_training *training) {
    for (size_t i = 0; training->rows && i < nn_data_field_count(training->data); i++)
        free(training->rows[i]);
    free(training->rows);
    free(training->order);
    free(training->results);
    free(training->test_results);
    nn_checkpoint_free(&training->checkpoint);
    nn_watch_free(training->watch);
    nn_data_free(training->data);
    nn_data_free(training->test);
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

/* Makes the order of an epoch, and tells the net of it. A stopped epoch has the same order when it
   goes on. */
static void epoch_begin(nn_training *training, uint64_t epoch) {
    const nn_session *session = training->session;
    uint32_t given[] = {(uint32_t)epoch, (uint32_t)training->total};
    const void *in[] = {given};
    session->network->set_epoch(session->net, NULL, 1, in, NULL);
    nn_data_draw(training->data, training->seed, (uint32_t)epoch);
    nn_shuffle(training->order, training->data->count, training->seed, (uint32_t)epoch);
    nn_progress_epoch(&training->progress, (uint32_t)epoch + 1);
}

/* Trains one pass over the data, or what is left of it, or up to the step under way when a signal
   comes. The bookmark follows. */
static bool epoch_train(nn_training *training, uint64_t epoch) {
    nn_session *session = training->session;
    size_t count = training->data->count, batch = session->network->batch;
    size_t first = epoch == training->first ? training->start : 0;
    epoch_begin(training, epoch);
    session->bookmark = (nn_bookmark){first, count, training->fingerprint};
    while (first < count && !session->stopped) {
        size_t n = count - first < batch ? count - first : batch;
        rows_gather(training, first, n);
        double loss = batch_train(training, n);
        if (!isfinite(loss))
            return nn_fail(session->error, NN_WRONG, (nn_place){NULL, 0},
                           "loss is %s in epoch %llu, batch %zu", loss_text(loss, n == batch),
                           (unsigned long long)epoch + 1, first / batch + 1);
        first += n;
        session->bookmark.done = first;
        double now = nn_clock();
        nn_progress_step(&training->progress, n, loss);
        nn_progress_show(&training->progress, now);
        session->stopped = nn_stop_signal();
        if (!nn_checkpoint_step(&training->checkpoint, now))
            return false;
    }
    return true;
}

/* False as well where a signal comes in between: the results are then made when training goes
   on. */
static bool epoch_evaluate(const nn_training *training, size_t *bad) {
    const nn_session *session = training->session;
    return nn_evaluate_until(training->data, session->net, session->work, training->results, bad,
                             nn_stop_signal) &&
           (!training->test || nn_evaluate_until(training->test, session->net, session->work,
                                                 training->test_results, NULL, nn_stop_signal));
}

static bool epoch_measure(nn_training *training, uint64_t epoch) {
    nn_session *session = training->session;
    size_t bad, batch = session->network->batch;
    if (!epoch_evaluate(training, &bad)) {
        session->stopped = nn_stop_signal();
        return session->stopped || nn_fail_memory(session->error);
    }
    if (bad == 0)
        return true;
    bool is_complete = bad * batch <= training->data->count;
    return nn_fail(
        session->error, NN_WRONG, (nn_place){NULL, 0}, "loss is %s after epoch %llu, in batch %zu",
        loss_text(training->results[0], is_complete), (unsigned long long)epoch + 1, bad);
}

static bool epoch_print(nn_training *training, uint64_t epoch) {
    char digits[32];
    int width = snprintf(digits, sizeof digits, "%llu", (unsigned long long)training->total);
    if (training->is_quiet)
        return true;
    nn_progress_clear(&training->progress);
    printf("epoch %*llu/%s", width, (unsigned long long)epoch + 1, digits);
    nn_results_print(network_of(training), "", training->results);
    if (training->test)
        nn_results_print(network_of(training), "test ", training->test_results);
    putchar('\n');
    if (training->watch)
        nn_watch_print(training->watch);
    return nn_printed(training->session->error);
}

/* Trains one epoch, or what is left of it; where no signal stops it, also measures and tells. */
static bool epoch_run(nn_training *training, uint64_t epoch) {
    nn_session *session = training->session;
    if (!epoch_train(training, epoch))
        return false;
    if (session->stopped)
        return true;
    if (!epoch_measure(training, epoch))
        return false;
    if (session->stopped)
        return true;
    session->bookmark = (nn_bookmark){0};
    nn_progress_measured(&training->progress, training->results[0], NAN);
    nn_checkpoint_mark(&training->checkpoint);
    return nn_log_epoch(&training->log, epoch, training->results, training->test_results) &&
           epoch_print(training, epoch) &&
           (epoch + 1 == training->end || nn_checkpoint_epoch(&training->checkpoint, epoch));
}

/* Says before the first epoch what the loss is of, if targets are scaled. */
static void units_print(const nn_training *training) {
    if (!training->is_quiet)
        nn_scaled_print(network_of(training), "the loss is of the scaled ",
                        "; outputs and metrics are in the units of the data\n", stderr);
}

bool nn_training_run(nn_training *training) {
    nn_session *session = training->session;
    size_t run = (size_t)(training->end - training->first) * training->data->count;
    nn_progress_start(&training->progress, session->options->is_quiet ? NULL : stderr,
                      run - training->start, nn_clock());
    training->progress.epochs = (uint32_t)training->total;
    units_print(training);
    bool is_fine = true;
    uint64_t epoch = training->first;
    for (; is_fine && epoch < training->end && !session->stopped; epoch++) {
        is_fine = epoch_run(training, epoch);
        if (is_fine && epoch + 1 < training->end)
            session->stopped = nn_stop_signal();
    }
    nn_progress_clear(&training->progress);
    return is_fine;
}

/* A stopped epoch goes on in the order in which it began; where there is another order, it begins
   anew. */
static void epoch_restart(nn_training *training, const char *why) {
    nn_session *session = training->session;
    nn_note(session->error, session->options->load,
            "training was stopped inside epoch %llu, which begins anew: %s",
            (unsigned long long)training->first + 1, why);
    nn_session_note(session);
    training->start = 0;
}

/* Whether the stopped epoch can go on: files of before say no more of the data than how many they
   were. */
static void order_check(nn_training *training) {
    const nn_bookmark *place = &training->session->bookmark;
    training->fingerprint = nn_data_fingerprint(training->data);
    if (training->start > 0 && place->examples != training->data->count)
        epoch_restart(training, "the number of examples is another");
    else if (training->start > 0 && place->data && place->data != training->fingerprint)
        epoch_restart(training, "the examples are others, or in another order");
}

/* Loads weights to continue from; the file says at which epoch, and where inside it. A seed on the
   command line replaces that of the file. */
static bool net_load(nn_training *training) {
    nn_session *session = training->session;
    uint64_t counters[4]; /* seed, step, epoch, epochs */
    const void *in[] = {counters};
    if (!nn_session_weights(session, session->options->load, NN_SCALING_FITTED))
        return false;
    session->network->get_counters(session->net, NULL, 1, NULL, counters);
    training->is_inside = session->bookmark.done > 0;
    training->start = (size_t)session->bookmark.done;
    training->first = counters[1] > 0 ? counters[2] + !training->is_inside : 0;
    training->total = counters[1] > 0 ? counters[3] : 0;
    if (session->options->has_seed && session->options->seed != counters[0]) {
        counters[0] = session->options->seed;
        if (training->is_inside)
            epoch_restart(training, "the seed is another");
    }
    session->network->set_counters(session->net, NULL, 1, in, NULL);
    training->seed = counters[0];
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
   it began. Without --epochs training ends where all are done, if some are left. A stopped epoch is
   ended first, and --epochs counts from there. */
static bool epochs_set(nn_training *training) {
    const nn_options *options = training->session->options;
    nn_error *error = training->session->error;
    uint64_t first = training->first, of = options->of, begun = first + training->is_inside;
    uint64_t all = of ? of : training->total > first ? training->total : begun + DEFAULT_EPOCHS;
    uint64_t end = options->epochs ? begun + options->epochs : all;
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

/* *does: whether training goes on in the file that it has loaded, or in the one that had replaced
   that (--keep). */
static bool continues_run(const nn_session *session, bool has_begun, bool *does) {
    const nn_options *options = session->options;
    uint64_t number;
    *does = false;
    if (!options->load || !options->save || !has_begun)
        return true;
    size_t length = strlen(options->save);
    if (strncmp(options->load, options->save, length) == 0 && options->load[length] == '.')
        *does = nn_whole_parse(options->load + length + 1, UINT64_MAX, &number);
    return *does || nn_path_same(options->load, options->save, does) ||
           nn_fail_memory(session->error);
}

static bool log_start(nn_training *training) {
    nn_session *session = training->session;
    nn_log *log = &training->log;
    log->network = session->network;
    log->save = session->options->log ? &session->log : NULL;
    log->error = session->error;
    log->has_test = training->test != NULL;
    log->goes_on = session->options->load != NULL;
    log->first = training->first;
    bool has_begun = training->first > 0 || training->is_inside;
    return continues_run(session, has_begun, &log->may_be_cut) && nn_log_open(log);
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
    order_check(training);
    bool is_fine = net_start(training) && rows_new(training) && watch_open(training) &&
                   nn_checkpoint_open(&training->checkpoint, session, &training->log) &&
                   log_start(training);
    if (is_fine)
        nn_session_note(session);
    return is_fine;
}

/* Ends log, weights and output, whatever of these fails or has failed: the error that is reported
   is the first one. */
static bool training_finish(nn_training *training, bool is_fine) {
    nn_session *session = training->session;
    nn_error first = *session->error;
    bool is_logged = nn_log_close(&training->log);
    if (!is_fine)
        *session->error = first;
    is_fine = nn_checkpoint_end(&training->checkpoint, is_fine && is_logged);
    if (!is_fine || session->stopped)
        return is_fine;
    final_print(training);
    return nn_printed(session->error);
}

/* Says that a signal ended training, and where it goes on. */
static void stop_note(const nn_training *training) {
    const nn_session *session = training->session;
    const char *path = session->options->save;
    char place[128];
    nn_quoted quoted;
    nn_checkpoint_place(session, place, sizeof place);
    nn_note(session->error, NULL, "stopped by %s %s; ", nn_stop_name(), place);
    if (path)
        nn_add(session->error, "the weights are in %s, and --load goes on from there",
               nn_quote(&quoted, path));
    else
        nn_add(session->error, "without --save nothing is kept");
    nn_session_note(training->session);
}

static bool training_run(nn_training *training) {
    nn_stop before;
    if (!nn_training_open(training, training->session))
        return false;
    nn_stop_gently(true, &before);
    bool is_fine = training_finish(training, nn_training_run(training));
    nn_stop_gently(false, &before);
    if (is_fine && training->session->stopped)
        stop_note(training);
    return is_fine;
}

bool nn_train(nn_session *session) {
    nn_training training = {.session = session, .is_quiet = session->options->is_quiet};
    bool is_fine = training_run(&training);
    nn_training_close(&training);
    return is_fine;
}
