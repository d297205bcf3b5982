/* What nngen says on standard error, in the form that --diagnostics asks for. In: errors and
   warnings with their notes. Out: text as people read it, one JSON object a line, or one SARIF log.
   No memory is needed. */

#ifndef MESSAGES_H
#define MESSAGES_H

#include "base/base.h"

typedef enum { MESSAGES_TEXT, MESSAGES_JSON, MESSAGES_SARIF } MessageForm;

typedef struct {
    MessageForm form;
    bool is_colored; /* of text */
    bool has_begun;  /* the log of SARIF, which has a head and a tail */
    bool has_result;
} Messages;

/* An error that is not in a model. hint may be NULL. Quoted text may contain any bytes. */
void messages_error(Messages *messages, const char *text, const char *hint);
/* What a compilation said: as text, and item by item for the other forms. */
void messages_said(Messages *messages, const char *text, const Said *said, int count);
/* Nothing more comes: ends the log of SARIF, which there is even if nothing was said. */
void messages_end(Messages *messages);

#endif
