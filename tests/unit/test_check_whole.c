/* Which losses are no mean over the batches of a data set, and get sums of their own. */

#include "checked.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* How many numbers are summed for the loss over a data set, -1 where it is the mean over batches. */
static int sums_for(const char *loss) {
    char model[1000];
    Checked checked;
    snprintf(model, sizeof model,
             "network t\ninput x[2, 3]\ntarget y, w\np = mean(x * param([2, 3], 1))\nloss %s\n"
             "update sgd(0.1)\nmetric mean_absolute_error(p, y, weights = w)\n",
             loss);
    check_open(&checked, model);
    cr_assert(checked.graph, "%s", checked.said);
    const Metric *last = &checked.graph->metrics[checked.graph->metric_count - 1];
    int count = last->is_loss ? last->sum_count : -1;
    cr_expect_eq(checked.graph->metric_count, 1 + last->is_loss, "%s", loss);
    cr_expect_eq(checked.graph->sum_count, 2 + (last->is_loss ? count : 0), "%s", loss);
    check_close(&checked);
    return count;
}

Test(check_whole, means_have_no_sums) {
    static const char *const means[] = {
        "(p - y)^2",
        "w * (p - y)^2 + l2(0.1)",
        "2 * batch_mean(p) - batch_mean(y * p) / 4 + p^2 + 1",
        "-(batch_mean(p) * sqrt(2)) - 3 * batch_mean(w * p)",
        "where(training, batch_mean(p)^2, batch_mean(p))",
        "where(training, weighted(p, w), 1) * (p - y)^2",
        "reshape(batch_mean(reshape(p, [1])), [])",
    };
    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        cr_expect_eq(sums_for(means[i]), -1, "%s", means[i]);
}

Test(check_whole, what_is_made_of_means_has_theirs) {
    cr_expect_eq(sums_for("weighted((p - y)^2, w)"), 2);
    cr_expect_eq(sums_for("weighted((p - y)^2, w) + l2(0.1)"), 3);
    cr_expect_eq(sums_for("weighted((p - y)^2, w) + (p - y)^2 + l2(0.1)"), 4);
    cr_expect_eq(sums_for("batch_mean(p)^2"), 1);
    cr_expect_eq(sums_for("sum(batch_mean(sum(x, axis = 1))^2) + 0 * p"), 2);
    cr_expect_eq(sums_for("where(training, p, batch_mean(p)^2)"), -1); /* per example it is one */
    cr_expect_eq(sums_for("where(training, batch_mean(p), batch_mean(p)^2)"), 1);
}

/* A mean of what another mean is part of cannot be known before that. */
Test(check_whole, means_of_means_stay_those_of_batches) {
    cr_expect_eq(sums_for("batch_mean((p - batch_mean(p))^2)"), -1);
    cr_expect_eq(sums_for("weighted((p - batch_mean(p))^2, w) + weighted(p, w)"), -1);
    cr_expect_eq(sums_for("p * batch_mean(p)"), -1);
}
