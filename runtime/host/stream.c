/* Reads a file once, byte by byte. Comes in: a path. Goes out: its bytes in order, decompressed
   if it is a gzip file. */

#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void stream_fail(nn_stream *stream) {
    int code;
    const char *text = gzerror(stream->file, &code);
    nn_place place = {stream->path, 0};
    if (code == Z_ERRNO)
        nn_fail_errno(stream->error, stream->path, "cannot read");
    else if (code == Z_BUF_ERROR)
        nn_fail(stream->error, NN_WRONG, place, "the gzip file is cut short");
    else if (code == Z_MEM_ERROR)
        nn_fail_memory(stream->error);
    else
        nn_fail(stream->error, NN_WRONG, place, "the gzip file is damaged: %s", text);
}

/* Reads the next bytes; size is 0 at the end and on failure. A truncated gzip file gives the bytes
   that it has, then fails. */
static void stream_fill(nn_stream *stream) {
    stream->next = stream->size = 0;
    if (stream->error->code)
        return;
    errno = 0;
    int got = gzread(stream->file, stream->buffer, NN_STREAM_BUFFER);
    int code = Z_OK;
    if (got == 0)
        gzerror(stream->file, &code);
    if (got < 0 || code != Z_OK)
        stream_fail(stream);
    else
        stream->size = (size_t)got;
}

static gzFile file_open(const char *path) {
    int file = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    gzFile opened = gzdopen(file, "rb");
    if (!opened) {
        close(file);
        errno = ENOMEM;
    }
    return opened;
}

nn_stream *nn_stream_open(const char *path, nn_error *error) {
    nn_stream *stream = malloc(sizeof *stream);
    if (!stream) {
        nn_fail_memory(error);
        return NULL;
    }
    stream->path = strcmp(path, "-") == 0 ? "<stdin>" : path;
    stream->error = error;
    stream->file = file_open(path);
    if (!stream->file) {
        nn_fail_errno(error, path, "cannot open");
        free(stream);
        return NULL;
    }
    stream_fill(stream);
    if (error->code) {
        nn_stream_close(stream);
        return NULL;
    }
    return stream;
}

void nn_stream_close(nn_stream *stream) {
    if (stream)
        gzclose(stream->file);
    free(stream);
}

int nn_stream_peek(nn_stream *stream) {
    if (stream->next == stream->size)
        stream_fill(stream);
    return stream->next < stream->size ? stream->buffer[stream->next] : -1;
}

int nn_stream_byte(nn_stream *stream) {
    int byte = nn_stream_peek(stream);
    stream->next += byte >= 0;
    return byte;
}

size_t nn_stream_read(nn_stream *stream, void *out, size_t size) {
    size_t done = 0;
    while (done < size && nn_stream_peek(stream) >= 0) {
        size_t part = stream->size - stream->next;
        part = part < size - done ? part : size - done;
        memcpy((char *)out + done, stream->buffer + stream->next, part);
        stream->next += part;
        done += part;
    }
    return done;
}

bool nn_stream_is_idx(const nn_stream *stream) {
    const unsigned char *magic = stream->buffer;
    return stream->size >= 4 && magic[0] == 0 && magic[1] == 0;
}
