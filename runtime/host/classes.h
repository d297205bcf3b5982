/* Names of the classes of a net's targets: the structures that classes.c, labels.c, pairs.c and the
   files for weights share. Not for users.

   A target has names for all of its classes or for none: then its classes are numbers, or it is not
   known yet. A onehot target of n classes has n names. Any other target may have two names, for the
   values 0 and 1. */

#ifndef NN_CLASSES_H
#define NN_CLASSES_H

#include "host.h"

enum { NN_LABEL_LIMIT = 255 }; /* bytes */

/* A set of texts, numbered in order of arrival. */
typedef struct {
    char **all;
    size_t count;
    size_t *slots; /* hash table: number of a text plus 1; 0: empty */
    size_t slot_count;
} nn_texts;
size_t nn_texts_find(const nn_texts *texts, const char *text); /* NN_NONE: not there */
/* Adds a text that is not in the set. False if there is no memory. */
bool nn_texts_add(nn_texts *texts, const char *text);
void nn_texts_free(nn_texts *texts);

typedef struct {
    nn_texts names;
    bool has_numbers;  /* some names are numbers */
    bool are_numbered; /* class indices were read: names come too late */
    char *source;      /* the file that decided between names and indices */
} nn_target_classes;

struct nn_classes {
    const nn_network *network;
    nn_target_classes *targets;
    bool are_items; /* labels of the items that pairs are made of: any number of names */
};

/* The reason why a text cannot be a label, or NULL. */
const char *nn_label_wrong(const char *label);
/* The class of that name, NN_NONE if there is none. */
size_t nn_class_of(const nn_target_classes *target, const char *label);
/* Writes "setosa=0, versicolor=1, virginica=2". Where there is no room for all, the first ones,
   ".." and the last one. */
void nn_classes_show(const nn_target_classes *target, char *shown, size_t room);
/* How many names the target must have if it has any. */
size_t nn_classes_needed(const nn_network *network, size_t target);
/* "1,2,3"; of many "1,2,..,100". */
void nn_numbers_from_one(size_t count, char *shown, size_t room);
/* Adds a note where class 0 does not occur and numbers may begin with 1; least and largest: of the
   numbers. */
void nn_base_note(const nn_field *field, double least, double largest, nn_place place,
                  nn_error *error);
/* Replaces names and source. False if there is no memory. */
bool nn_classes_set(nn_target_classes *target, char *const *names, size_t count,
                    const char *source);
/* Notes that a file has class indices. False if there is no memory. */
bool nn_classes_number(nn_target_classes *target, const char *source);

#endif
