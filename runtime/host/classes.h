/* Names of the classes of a net's targets, as the files that read, keep and show them share it.

   Each target has either names, all of them, or none: then its classes are numbers, or nothing is
   known of them yet. A onehot target of n classes has n names. Any other target may have two, of the
   numbers 0 and 1. */

#ifndef NN_CLASSES_H
#define NN_CLASSES_H

#include "host.h"

enum { NN_LABEL_LIMIT = 255 }; /* bytes */

/* Texts, all different, numbered as they come. */
typedef struct {
    char **all;
    size_t count;
    size_t *slots; /* by hash: a text's number and 1, or 0 */
    size_t slot_count;
} nn_texts;
size_t nn_texts_find(const nn_texts *texts, const char *text); /* NN_NONE if it is not there */
/* A text that is not there yet. False without memory. */
bool nn_texts_add(nn_texts *texts, const char *text);
void nn_texts_free(nn_texts *texts);

typedef struct {
    nn_texts names;
    bool has_numbers; /* some names are numbers */
    bool
        are_numbered; /* a file that was read has class indices, so that names would come too late */
    char *source;     /* the file that decided on one or the other */
} nn_target_classes;

struct nn_classes {
    const nn_network *network;
    nn_target_classes *targets;
    bool are_items; /* of a file of items that pairs are made of: any number of names */
};

/* What keeps a text from being a label, or NULL. */
const char *nn_label_wrong(const char *label);
/* The class of that name, NN_NONE if there is none. */
size_t nn_class_of(const nn_target_classes *target, const char *label);
/* "setosa=0, versicolor=1, virginica=2"; the last in place of those that have no room. */
void nn_classes_show(const nn_target_classes *target, char *shown, size_t room);
/* Names that the target must have if it has any. */
size_t nn_classes_needed(const nn_network *network, size_t target);
/* Replaces names and source. False without memory. */
bool nn_classes_set(nn_target_classes *target, char *const *names, size_t count,
                    const char *source);
/* A file has class indices. False without memory. */
bool nn_classes_number(nn_target_classes *target, const char *source);

#endif
