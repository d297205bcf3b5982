/* Results as text. Comes in: the results of nn_evaluate. Goes out: lines on standard output; for a
   confusion matrix a table, and precision, recall, f1 and support of every class. */

#include "host.h"

#include <math.h>
#include <string.h>

enum { NAME_WIDTH = 16, CELL_WIDTH = 10 };

const char *nn_show(nn_shown *buffer, double value) {
    double size = fabs(value);
    bool is_plain = size == 0 || (size >= 1e-3 && size < 1e6);
    snprintf(buffer->text, sizeof buffer->text, is_plain ? "%.4f" : "%.4e", value);
    return buffer->text;
}

void nn_scaled_print(const nn_network *network, const char *before, const char *after, FILE *out) {
    size_t count = 0;
    for (size_t i = 0; i < network->target_count; i++)
        if (network->targets[i].is_scaled)
            fprintf(out, "%s%s", count++ ? ", " : before, network->targets[i].name);
    fputs(count ? after : "", out);
}

void nn_results_print(const nn_network *network, const char *before, const double *results) {
    nn_shown shown;
    printf("  %sloss %s", before, nn_show(&shown, results[0]));
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1)
            printf("  %s%s %s", before, network->metrics[i].name,
                   nn_show(&shown, results[nn_result_at(network, i)]));
}

/* Whether all numbers are whole, to be printed without digits after the point. */
static bool are_whole(size_t count, const double *numbers) {
    for (size_t i = 0; i < count; i++)
        if (!(fabs(numbers[i]) < 1e9 && numbers[i] == floor(numbers[i])))
            return false;
    return true;
}

static void cell_print(double number, int width, bool is_whole) {
    nn_shown shown;
    if (is_whole)
        printf(" %*.0f", width, number);
    else
        printf(" %*s", width, nn_show(&shown, number));
}

/* How the classes of a metric are printed: by name, or by number where classes is NULL. */
typedef struct {
    const nn_classes *classes;
    size_t target;
    bool is_wide; /* names are too wide for headings of columns: rows have name=number instead */
    int width;    /* of the heading of a row */
} Names;

/* The number of characters of a text in UTF-8. */
static int text_width(const char *text) {
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static int name_width(const Names *names, size_t class) {
    return names->classes ? text_width(nn_classes_name(names->classes, names->target, class))
                          : snprintf(NULL, 0, "%zu", class);
}

static Names names_of(const nn_data *data, size_t metric) {
    enum { WIDTH_LIMIT = 100 };
    const nn_field *field = &data->network->metrics[metric];
    size_t target = nn_named_target(data->classes, data->network->metric_targets, metric);
    Names names = {.width = NAME_WIDTH};
    int widest = 0;
    if (target == NN_NONE || nn_classes_count(data->classes, target) != field->shape[0])
        return names;
    names.classes = data->classes;
    names.target = target;
    for (size_t i = 0; i < field->shape[0]; i++)
        widest = name_width(&names, i) > widest ? name_width(&names, i) : widest;
    names.is_wide = (double)field->shape[0] * (widest + 1) > WIDTH_LIMIT;
    if (names.is_wide)
        widest += snprintf(NULL, 0, "=%zu", field->shape[0] - 1);
    names.width = widest > NAME_WIDTH ? widest : NAME_WIDTH;
    return names;
}

/* Prints the heading of a row. */
static void name_print(const Names *names, size_t class) {
    int number = names->is_wide ? snprintf(NULL, 0, "=%zu", class) : 0;
    printf("%*s", names->width - name_width(names, class) - number, "");
    if (!names->classes)
        printf("%zu", class);
    else
        fputs(nn_classes_name(names->classes, names->target, class), stdout);
    if (number)
        printf("=%zu", class);
}

/* The width of a cell of the table. Counts get no more than they and the headings need. */
static int cell_width(const nn_field *metric, const double *numbers, const Names *names) {
    size_t columns = metric->shape[metric->rank - 1];
    bool is_whole = are_whole(metric->count, numbers);
    int width = snprintf(NULL, 0, "%zu", columns);
    for (size_t i = 0; is_whole && i < metric->count; i++) {
        int needed = snprintf(NULL, 0, "%.0f", numbers[i]);
        width = needed > width ? needed : width;
    }
    width = is_whole ? width + 1 : CELL_WIDTH;
    for (size_t i = 0; names->classes && !names->is_wide && i < columns; i++)
        width = name_width(names, i) > width ? name_width(names, i) : width;
    return width;
}

static void columns_heading(size_t count, int width, const Names *names) {
    bool has_names = names->classes && !names->is_wide;
    printf("%*s", names->width, "");
    for (size_t i = 0; i < count; i++)
        if (has_names)
            printf(" %*s%s", width - name_width(names, i), "",
                   nn_classes_name(names->classes, names->target, i));
        else
            printf(" %*zu", width, i);
    putchar('\n');
}

/* Prints the table of a metric, with headings above columns, and before rows if there are
   several. */
static void table_print(const nn_field *metric, const double *numbers, const Names *names) {
    size_t columns = metric->shape[metric->rank - 1], rows = metric->count / columns;
    bool is_whole = are_whole(metric->count, numbers);
    int width = cell_width(metric, numbers, names);
    columns_heading(columns, width, names);
    for (size_t row = 0; row < rows; row++) {
        if (rows > 1)
            name_print(names, row);
        else
            printf("%*s", names->width, "");
        for (size_t column = 0; column < columns; column++)
            cell_print(numbers[row * columns + column], width, is_whole);
        putchar('\n');
    }
}

static double part(double of, double whole) {
    return whole != 0 ? of / whole : 0;
}

/* Precision, recall, f1 and support of one class, from a matrix whose rows are the true classes and
   whose columns are the predicted ones. */
static void class_figures(size_t classes, const double *matrix, size_t class, double figures[4]) {
    double right = matrix[class * classes + class], present = 0, predicted = 0;
    for (size_t other = 0; other < classes; other++) {
        present += matrix[class * classes + other];
        predicted += matrix[other * classes + class];
    }
    figures[0] = part(right, predicted);
    figures[1] = part(right, present);
    figures[2] = part(2 * right, predicted + present);
    figures[3] = present;
}

/* Support is a count (has_counts), or a sum of weights. */
static void figures_print(const double figures[4], bool has_counts) {
    for (int i = 0; i < 4; i++)
        cell_print(figures[i], CELL_WIDTH, i == 3 && has_counts);
    putchar('\n');
}

static void classes_print(size_t classes, const double *matrix, const Names *names) {
    bool has_counts = are_whole(classes * classes, matrix);
    double mean[4] = {0};
    printf("%*s %*s %*s %*s %*s\n", names->width, "class", CELL_WIDTH, "precision", CELL_WIDTH,
           "recall", CELL_WIDTH, "f1", CELL_WIDTH, "support");
    for (size_t class = 0; class < classes; class ++) {
        double figures[4];
        class_figures(classes, matrix, class, figures);
        name_print(names, class);
        figures_print(figures, has_counts);
        for (int i = 0; i < 4; i++)
            mean[i] += i < 3 ? figures[i] / (double)classes : figures[i];
    }
    printf("%*s", names->width, "mean, total");
    figures_print(mean, has_counts);
}

/* Whether the metric is called "confusion_matrix", perhaps with a suffix that tells metrics of one
   name apart. */
static bool is_confusion(const nn_field *metric) {
    static const char name[] = "confusion_matrix";
    size_t length = sizeof name - 1;
    bool is_named = strncmp(metric->name, name, length) == 0 &&
                    (metric->name[length] == '\0' || metric->name[length] == '.');
    return is_named && metric->rank == 2 && metric->shape[0] == metric->shape[1];
}

static void title_print(size_t count, const char *what) {
    printf("%zu example%s", count, count == 1 ? "" : "s");
    if (what)
        printf(" of the %s data", what);
    putchar('\n');
}

void nn_report_print(const nn_data *data, const char *what, const double *results) {
    const nn_network *network = data->network;
    nn_shown shown;
    title_print(data->count, what);
    printf("%-*s %*s", NAME_WIDTH, "loss", CELL_WIDTH, nn_show(&shown, results[0]));
    nn_scaled_print(network, NN_SCALED_LOSS, stdout);
    putchar('\n');
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1)
            printf("%-*s %*s\n", NAME_WIDTH, network->metrics[i].name, CELL_WIDTH,
                   nn_show(&shown, results[nn_result_at(network, i)]));
    for (size_t i = 0; i < network->metric_count; i++) {
        const nn_field *metric = &network->metrics[i];
        const double *numbers = results + nn_result_at(network, i);
        if (metric->count == 1)
            continue;
        printf("\n%s%s\n", metric->name,
               is_confusion(metric) ? ": a row per true class, a column per predicted one" : "");
        Names names = is_confusion(metric) ? names_of(data, i) : (Names){.width = NAME_WIDTH};
        table_print(metric, numbers, &names);
        if (!is_confusion(metric))
            continue;
        putchar('\n');
        classes_print(metric->shape[0], numbers, &names);
    }
}
