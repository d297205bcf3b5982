/* The command sweep. Comes in: data files, the name of a setting, values for it. Goes out: a
   line per value: the result of training with it, each time from the same start. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *text; /* as the user wrote it */
    double number;
} Value;

typedef struct {
    nn_session *session;
    char *text; /* which the values point into */
    size_t value_count;
    Value *values;
    void *start; /* the net before training */
    const char *best;
    double least;
} Sweep;

static bool setting_check(const nn_session *session) {
    const nn_network *network = session->network;
    const char **names = calloc(network->tensor_count + 1, sizeof *names);
    size_t count = 0;
    bool is_found = false;
    nn_quoted quoted;
    if (!names)
        return nn_fail_memory(session->error);
    for (size_t i = 0; i < network->tensor_count; i++)
        if (network->tensors[i].role == NN_SETTING) {
            names[count++] = network->tensors[i].name;
            is_found |= strcmp(network->tensors[i].name, session->options->setting) == 0;
        }
    if (!is_found) {
        const char *nearest = nn_nearest(session->options->setting, names, count);
        nn_fail(session->error, NN_USAGE, (nn_place){NULL, 0}, "network '%s' has no setting %s",
                network->name, nn_quote(&quoted, session->options->setting));
        if (nearest)
            nn_hint(session->error, "is '%s' meant?", nearest);
        else if (count == 0)
            nn_hint(session->error, "a line such as 'setting rate = 0.01' in the model makes one");
    }
    free(names);
    return is_found;
}

static bool value_read(Sweep *sweep, const char *text) {
    nn_session *session = sweep->session;
    bool is_float = session->network->real_size == sizeof(float);
    Value *value = &sweep->values[sweep->value_count++];
    nn_quoted quoted;
    value->text = text;
    if (nn_number_parse(text, is_float, &value->number) == NN_NUMBER)
        return true;
    return nn_fail(session->error, NN_USAGE, (nn_place){NULL, 0},
                   "%s is not a number; values stand as in 0.001,0.003,0.01",
                   nn_quote(&quoted, text));
}

/* Reads the values, "0.001,0.003". */
static bool values_read(Sweep *sweep) {
    const char *given = sweep->session->options->values;
    size_t most = 1;
    for (const char *at = given; *at; at++)
        most += *at == ',';
    sweep->text = strdup(given);
    sweep->values = calloc(most, sizeof *sweep->values);
    if (!sweep->text || !sweep->values)
        return nn_fail_memory(sweep->session->error);
    char *at = sweep->text;
    for (size_t i = 0; i < most; i++) {
        char *end = at + strcspn(at, ",");
        *end = '\0';
        if (!value_read(sweep, at))
            return false;
        at = end + 1;
    }
    return true;
}

/* Resets the net and its work to the start, and sets the setting. */
static void net_restart(const Sweep *sweep, const Value *value) {
    const nn_session *session = sweep->session;
    double number; /* space for a float or a double */
    const void *in[] = {session->options->setting, &number};
    memcpy(session->net, sweep->start, session->network->net_size);
    memset(session->work, 0, session->network->work_size);
    nn_real_put(session->network, &number, 0, value->number);
    session->network->set(session->net, NULL, 1, in, NULL);
}

/* Trains with one value. A loss that is not finite is a result for that value and does not end the
   sweep. */
static bool value_train(Sweep *sweep, nn_training *training, const Value *value) {
    nn_error *error = sweep->session->error;
    const nn_network *network = sweep->session->network;
    net_restart(sweep, value);
    training->log.value = value->text;
    bool is_trained = nn_training_run(training);
    if (!is_trained && error->code != NN_WRONG)
        return false;
    if (sweep->session->stopped) {
        nn_note(error, NULL, "stopped by %s while training with %s %s", nn_stop_name(),
                sweep->session->options->setting, value->text);
        nn_session_note(sweep->session);
        return true;
    }
    printf("%s %s", sweep->session->options->setting, value->text);
    if (is_trained) {
        nn_results_print(network, "", training->results);
        if (training->test)
            nn_results_print(network, "test ", training->test_results);
        double loss = (training->test ? training->test_results : training->results)[0];
        if (isfinite(loss) && (!sweep->best || loss < sweep->least)) {
            sweep->best = value->text;
            sweep->least = loss;
        }
    } else {
        printf("  %s", strstr(error->text, ": ") + 2);
        *error = (nn_error){NN_FINE, ""};
    }
    putchar('\n');
    return nn_printed(error);
}

static bool values_train(Sweep *sweep, nn_training *training) {
    const nn_session *session = sweep->session;
    sweep->start = malloc(session->network->net_size);
    if (!sweep->start)
        return nn_fail_memory(session->error);
    memcpy(sweep->start, session->net, session->network->net_size);
    for (size_t i = 0; i < sweep->value_count && !session->stopped; i++)
        if (!value_train(sweep, training, &sweep->values[i]))
            return false;
    if (!sweep->best || session->stopped)
        return true;
    printf("least %sloss", training->test ? "test " : "");
    nn_scaled_print(session->network, NN_SCALED_LOSS, stdout);
    printf(": %s %s\n", session->options->setting, sweep->best);
    return true;
}

/* Trains, and ends the log in any case. */
static bool values_run(Sweep *sweep, nn_training *training) {
    nn_error *error = sweep->session->error;
    nn_stop before;
    nn_stop_gently(true, &before);
    bool is_fine = values_train(sweep, training);
    nn_error first = *error;
    bool is_logged = nn_log_close(&training->log);
    nn_stop_gently(false, &before);
    if (!is_fine)
        *error = first;
    return is_fine && is_logged;
}

bool nn_sweep(nn_session *session) {
    Sweep sweep = {.session = session};
    nn_training training = {.session = session, .is_quiet = true};
    bool is_fine = setting_check(session) && values_read(&sweep);
    if (is_fine) {
        training.log.setting = session->options->setting;
        is_fine = nn_training_open(&training, session) && values_run(&sweep, &training);
        nn_training_close(&training);
    }
    free(sweep.text);
    free(sweep.values);
    free(sweep.start);
    return is_fine;
}
