/* The files that a command writes. Comes in: options. Goes out: before anything long begins, hold
   of these files, with room for them; or an error that says why one cannot be written, or is not to
   be replaced. */

#include "host.h"

#include <stdlib.h>
#include <string.h>

static bool like_fail(const nn_session *session, const char *option, const char *path,
                      const char *what) {
    nn_fail(session->error, NN_USAGE, (nn_place){path, 0},
            "%s would replace this file, which is no %s", option, what);
    nn_hint(session->error, "move it away, or give another name");
    return false;
}

static bool weights_check(const nn_session *session, const char *option, const char *path) {
    char head[NN_SAVE_HEAD + 1];
    size_t size = nn_save_head(path, head);
    return size == 0 || (size > 8 && head[8] == '{') ||
           like_fail(session, option, path, "weights file");
}

/* Where training continues, log.c reads the old log and checks it. */
static bool log_check(const nn_session *session) {
    char head[NN_SAVE_HEAD + 1];
    const char *path = session->options->log;
    size_t size = path && !session->options->load ? nn_save_head(path, head) : 0;
    head[size ? strcspn(head, "\n") : 0] = '\0';
    const char *names = path && nn_log_is_json(path) ? "\"train_loss\": " : "epoch,train_loss";
    return size == 0 || strstr(head, names) ||
           like_fail(session, "--log", path, "log");
}

/* The files that older saves become. */
static bool older_check(const nn_session *session) {
    bool is_fine = true;
    for (uint64_t i = 1; is_fine && i <= session->save.older; i++) {
        char *path = nn_save_older(&session->save, i);
        is_fine = path ? weights_check(session, "--keep", path) : nn_fail_memory(session->error);
        free(path);
    }
    return is_fine;
}

/* What is written many times is a file. */
static bool special_check(const nn_session *session) {
    const nn_options *options = session->options;
    bool is_often = options->save_every.epochs > 0 || options->save_every.seconds > 0;
    return !options->save || !nn_save_is_special(&session->save) ||
           (!is_often && options->keep == 0) ||
           nn_fail(session->error, NN_USAGE, (nn_place){options->save, 0},
                   "a device or a pipe is written once, at the end: %s is for files",
                   is_often ? "--save-every" : "--keep");
}

/* Refuses to overwrite, with weights or a log, a file of another kind: its name was given by
   mistake. */
static bool likes_check(const nn_session *session) {
    return (!session->options->save || weights_check(session, "--save", session->options->save)) &&
           older_check(session) && log_check(session) && special_check(session);
}

static bool output_begin(nn_session *session, nn_save *save, const char *path, uint64_t size) {
    return !path || nn_save_begin(save, path, size, session->error);
}

bool nn_outputs_begin(nn_session *session) {
    enum { LOG_ROOM = 1 << 12 }; /* a log grows as it is written: this is for a beginning */
    const nn_options *options = session->options;
    if (!output_begin(session, &session->save, options->save, nn_weights_size(session->network)) ||
        !output_begin(session, &session->log, options->log, LOG_ROOM) ||
        !output_begin(session, &session->out, options->out, 0))
        return false;
    session->save.older = options->keep;
    return likes_check(session);
}

void nn_outputs_end(nn_session *session) {
    nn_save_end(&session->save);
    nn_save_end(&session->log);
    nn_save_end(&session->out);
}
