/* Weights that training saves: at its end, also where a signal, a failure or a loss that is not
   finite ends it, and as often before as --save-every says. Comes in: the net and where training
   stands. Goes out: the file of --save, and never one that is behind the log. */

#include "host.h"

#include <stdlib.h>
#include <string.h>

bool nn_checkpoint_open(nn_checkpoint *checkpoint, nn_session *session, nn_log *log) {
    *checkpoint = (nn_checkpoint){.session = session, .log = log, .saved = nn_clock()};
    if (!session->options->save)
        return true;
    checkpoint->good = malloc(session->network->net_size);
    return checkpoint->good || nn_fail_memory(session->error);
}

void nn_checkpoint_free(nn_checkpoint *checkpoint) {
    free(checkpoint->good);
}

void nn_checkpoint_mark(nn_checkpoint *checkpoint) {
    const nn_session *session = checkpoint->session;
    if (!checkpoint->good)
        return;
    memcpy(checkpoint->good, session->net, session->network->net_size);
    checkpoint->has_good = true;
}

/* Makes the net what it was after the last good epoch. */
static void good_restore(const nn_checkpoint *checkpoint) {
    nn_session *session = checkpoint->session;
    memcpy(session->net, checkpoint->good, session->network->net_size);
    session->bookmark = (nn_bookmark){0};
}

static bool weights_save(nn_session *session) {
    return nn_weights_write(session->network, session->net, &session->kept, &session->save,
                            session->error);
}

/* Saves while training goes on. Where that fails, the file of before is as it was: this is said,
   and tried again when it is time for the next one. A net with a NaN ends at the next step. */
static bool save_now(nn_checkpoint *checkpoint, double now) {
    nn_session *session = checkpoint->session;
    if (!nn_log_write(checkpoint->log))
        return false;
    checkpoint->saved = now;
    if (!weights_save(session) || !nn_save_reserve(&session->save, session->error)) {
        nn_note(session->error, NULL, "training goes on");
        session->error->code = NN_FINE;
    }
    nn_session_note(session);
    return true;
}

bool nn_checkpoint_step(nn_checkpoint *checkpoint, double now) {
    const nn_interval *every = &checkpoint->session->options->save_every;
    bool is_time = every->seconds > 0 && now - checkpoint->saved >= (double)every->seconds;
    return !is_time || checkpoint->session->stopped || save_now(checkpoint, now);
}

bool nn_checkpoint_epoch(nn_checkpoint *checkpoint, uint64_t epoch) {
    const nn_interval *every = &checkpoint->session->options->save_every;
    bool is_time = every->epochs > 0 && (epoch + 1) % every->epochs == 0;
    return !is_time || save_now(checkpoint, nn_clock());
}

void nn_checkpoint_place(const nn_session *session, char *text, size_t size) {
    uint64_t counters[4]; /* seed, step, epoch, epochs */
    session->network->get_counters(session->net, NULL, 1, NULL, counters);
    unsigned long long epoch = (unsigned long long)counters[2] + 1;
    if (session->bookmark.done > 0)
        snprintf(text, size, "after %llu of %llu examples of epoch %llu",
                 (unsigned long long)session->bookmark.done,
                 (unsigned long long)session->bookmark.examples, epoch);
    else
        snprintf(text, size, "after epoch %llu", epoch);
}

/* Says in the error that ended training where the weights are. */
static void place_hint(const nn_session *session) {
    char place[128];
    nn_quoted quoted;
    nn_checkpoint_place(session, place, sizeof place);
    nn_hint(session->error, "the weights %s are in %s", place,
            nn_quote(&quoted, session->options->save));
}

bool nn_checkpoint_end(nn_checkpoint *checkpoint, bool is_fine) {
    nn_session *session = checkpoint->session;
    nn_error first = *session->error;
    bool is_loss = !is_fine && first.code == NN_WRONG;
    if (!checkpoint->good || (is_loss && !checkpoint->has_good))
        return is_fine;
    if (is_loss)
        good_restore(checkpoint);
    bool is_saved = weights_save(session);
    if (!is_saved && session->error->code == NN_WRONG && checkpoint->has_good) {
        good_restore(checkpoint); /* a step has left a NaN, which no loss has seen */
        is_saved = weights_save(session);
    }
    if (is_fine)
        return is_saved;
    *session->error = first;
    if (is_saved)
        place_hint(session);
    return false;
}
