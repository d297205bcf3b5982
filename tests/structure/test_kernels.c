/* Promises about single kernels, by the text of nets that show them: sums over the batch in a
   layer's register tile, epilogues, transposes, prefetches, and plans in words. */

#include "emitted.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static Result layers_for(int inputs, int hidden, Target target) {
    char text[1000];
    snprintf(text, sizeof text,
             "network n\ninput x[%d]\ntarget y[10] onehot\nh = relu(dense(x, %d))\n"
             "k = relu(dense(h, 48))\nz = dense(k, 10)\nloss cross_entropy_of_logits(z, y)\n"
             "update adam()\nbatch 32\n",
             inputs, hidden);
    Options options = {.target = target};
    Result result = compile("n.def", text, strlen(text), "n.h", &options);
    cr_assert(result.source, "%s", result.diagnostics);
    return result;
}

static Result straight_layers(int hidden, Target target) {
    char text[1000];
    snprintf(text, sizeof text,
             "network n\ninput x[2]\ntarget y[2] onehot\nh = relu(dense(x, %d))\n"
             "z = dense(h, 2)\nloss cross_entropy_of_logits(z, y)\nupdate sgd()\n"
             "batch 4\noutput z\n",
             hidden);
    Options options = {.target = target};
    Result result = compile("n.def", text, strlen(text), "n.h", &options);
    cr_assert(result.source, "%s", result.diagnostics);
    return result;
}

static int count_of(const Result *result, const char *what) {
    int count = 0;
    for (const char *at = result->source; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

/* Bias gradients are summed in the kernels of the layers, and have no kernels of their own. */
Test(kernels, batch_sums_are_in_the_layers_kernel) {
    Result result = layers_for(20, 96, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "static void n_gradient_d_h("), 1);
    cr_expect_eq(count_of(&result, "static void n_gradient_d_h_bias("), 0);
    cr_expect_eq(count_of(&result, "static void n_gradient_d_k_bias("), 0);
    cr_expect_geq(count_of(&result, " += n_finish_d_h("), 2);
    cr_expect_geq(count_of(&result, "inputs, summed on the way. */"), 2);
    result_free(&result);
}

/* An elementwise optimizer updates a bias in the layer's kernel, too, so that train_step keeps no
   gradient in memory; clipping by the norm of all gradients needs all of them in memory. */
Test(kernels, updates_follow_batch_sums_in_the_layers_kernel) {
    static const char *const names[] = {"/* d_h.bias */",   "/* d_k.bias */",   "/* d_z.bias */",
                                        "/* d_h.weight */", "/* d_k.weight */", "/* d_z.weight */"};
    static const char *const optimizers[] = {"adam()", "clip_norm(adam(), 1)"};
    for (int clips = 0; clips < 2; clips++) {
        char text[1000];
        snprintf(text, sizeof text,
                 "network n\ninput x[20]\ntarget y[10] onehot\nh = relu(dense(x, 96))\n"
                 "k = relu(dense(h, 48))\nz = dense(k, 10)\nloss cross_entropy_of_logits(z, y)\n"
                 "update %s\nbatch 32\n",
                 optimizers[clips]);
        Options options = {.target = TARGET_X86_64_V4};
        Result result = compile("n.def", text, strlen(text), "n.h", &options);
        cr_assert(result.source, "%s", result.diagnostics);
        char *step = strstr(result.source, "static float n_train_step_rows(");
        cr_assert(step);
        *strstr(step, "\n}\n") = '\0';
        for (int i = 0; i < 6; i++)
            cr_expect_eq(strstr(step, names[i]) != NULL, clips, "%s", names[i]);
        result_free(&result);
    }
}

/* Outputs with examples in lanes are transposed in registers into the caller's rows, not scattered.
   */
Test(kernels, outputs_are_transposed_in_squares) {
    static const char text[] = "network n\ninput x[96]\noutput p\np = softmax(dense(x, 10))\n"
                               "target y[10] onehot\nloss cross_entropy(p, y)\nupdate sgd(0.1)\n"
                               "batch 32\n";
    static const Target targets[] = {TARGET_GENERIC, TARGET_X86_64_V3, TARGET_X86_64_V4};
    static const char *const squares[] = {"nn_turn_4(p2 + ", "nn_turn_8(p2 + ",
                                          "nn_turn_part_16(p2 + "};
    for (int i = 0; i < 3; i++) {
        Options options = {.target = targets[i]};
        Result result = compile("n.def", text, strlen(text), "n.h", &options);
        cr_assert(result.source, "%s", result.diagnostics);
        cr_expect_eq(count_of(&result, "nn_scatter"), 0);
        cr_expect_geq(count_of(&result, squares[i]), 1, "%s", squares[i]);
        result_free(&result);
    }
}

Test(kernels, sums_begin_with_the_bias) {
    Result result = layers_for(20, 96, TARGET_X86_64_V4);
    cr_expect_geq(count_of(&result, "nn_v16 h_sum_0_0 = h_bias_0;"), 1);
    cr_expect_eq(count_of(&result, "h_product"), 0);
    result_free(&result);
}

/* An example's share of the batch, which loss and gradient use in different loops of one kernel. */
Test(kernels, what_is_in_a_register_is_not_loaded_again) {
    static const Target targets[] = {TARGET_C99, TARGET_GENERIC, TARGET_X86_64_V4};
    for (int t = 0; t < 3; t++) {
        Result result = layers_for(20, 96, targets[t]);
        int kernels = 0;
        for (const char *at = result.source; (at = strstr(at, "\nstatic void ")) != NULL; at++) {
            int loads = 0;
            const char *end = strstr(at, "\n}\n");
            for (const char *load = at; (load = strstr(load, " share")) != NULL && load < end;
                 load++)
                loads += strncmp(load + strcspn(load + 1, " ") + 1, " = ", 3) == 0;
            cr_expect_leq(loads, 1, "%.*s", (int)(end - at), at);
            kernels += loads;
        }
        cr_expect_geq(kernels, 2);
        result_free(&result);
    }
}

/* Straight-line prediction of one example: outputs are in lanes where they fill a vector, else
   inputs; weights have the axis in lanes innermost, and the remainder is scalar. */
Test(kernels, one_example_has_elements_in_lanes) {
    Result result = straight_layers(4, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "nn_fma_4(h_weight_4to7, nn_splat_4(x_1),"), 1);
    cr_expect_eq(count_of(&result, "h_0to3 = nn_choose_4(nn_is_less_equal_4(h_sum_0to3,"), 1);
    cr_expect_eq(count_of(&result, "z_0_products = nn_fma_4(z_weight_0to3, h_0to3,"), 1);
    cr_expect_eq(count_of(&result, "z_0to1 = nn_sums_4((const nn_v4[4]){z_0_products,"), 1);
    cr_expect_eq(count_of(&result, "predict        straight, 4 elements in lanes\n"), 1);
    cr_expect_eq(count_of(&result, "   h.weight  [4, 2]  j i  "), 1);
    result_free(&result);
    result = straight_layers(5, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "nn_first_4(nn_fma_1(z_weight_4, h_4, z_bias_0))"), 1);
    result_free(&result);
    result = straight_layers(4, TARGET_C99);
    cr_expect_eq(count_of(&result, "predict        straight\n"), 1);
    result_free(&result);
}

/* The epilogue of a register tile of eight examples by two vectors is one function with 16 calls.
   */
Test(kernels, epilogues_are_functions) {
    Result result = layers_for(20, 96, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "NN_INLINE void n_finish_k_weight(nn_v16 "), 1);
    cr_expect_geq(count_of(&result, " n_finish_k_weight(d_k_weight_"), 16);
    result_free(&result);
}

/* A product transposes the weights that it reads one panel at a time, into memory of one panel. */
Test(kernels, weights_are_transposed_in_their_product) {
    Result result = layers_for(20, 320, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "k_weight_turned(const"), 0);
    cr_expect_geq(
        count_of(&result, "nn_turn_ahead_16(k_weight_turned, 32, k_weight + 32 * i, 32, 1024);"),
        1);
    const char *line = strstr(result.source, "   k.weight.turned ");
    size_t size = line ? strcspn(line, "\n") : 0;
    cr_assert_gt(size, 5);
    cr_expect_eq(memcmp(line + size - 5, " 6144", 5), 0, "48 rows of 32 floats: %.*s", (int)size,
                 line);
    result_free(&result);
}

Test(kernels, only_what_no_cache_holds_is_prefetched) {
    Result small = layers_for(20, 96, TARGET_X86_64_V4),
           large = layers_for(784, 512, TARGET_X86_64_V4), plain = layers_for(784, 512, TARGET_C99);
    cr_expect_eq(count_of(&small, "nn_fetch"), 0);
    cr_expect_eq(count_of(&plain, "nn_fetch"), 0);
    cr_expect_geq(count_of(&large, "nn_fetch_near(h_weight + "), 1);
    cr_expect_geq(count_of(&large, "nn_fetch_near(h_weight_m + "), 1);
    cr_expect_geq(count_of(&large, "nn_fetch_near(h_weight_v + "), 1);
    cr_expect_eq(count_of(&large, "nn_fetch_near(k_weight"), 0);
    result_free(&small);
    result_free(&large);
    result_free(&plain);
}

/* A sum of 784 terms is blocked: four blocks of 196 rows of 32 weights, 6272 weights each. While a
   tile of eight examples runs through a block, each example prefetches 196 weights of the next one:
   in the first block, in the loop over the middle blocks, and in the last. */
Test(kernels, weights_are_prefetched_a_panel_ahead) {
    Result result = layers_for(784, 512, TARGET_X86_64_V4);
    const char *start = strstr(result.source, "static void n_predict_batch_h(");
    cr_assert(start);
    const char *end = strstr(start, "\n}\n"), *at = start;
    static const char *const fetches[] = {
        "nn_fetch(h_weight + 784 * i, 196 * b + 8 * j + 6272);",
        "nn_fetch(h_weight + 784 * i + 32 * j_block, 196 * b + 8 * j + 6272);",
        "nn_fetch(h_weight + 784 * i + 18816, 196 * b + 8 * j + 1568);",
    };
    for (int i = 0; i < 3; i++) {
        at = strstr(at, fetches[i]);
        cr_assert(at && at < end, "no %s", fetches[i]);
    }
    result_free(&result);
}

/* gcc -O3 would unroll them, which is slower. */
Test(kernels, sums_of_one_example_stay_loops) {
    Result result = layers_for(20, 96, TARGET_X86_64_V4);
    const char *predict = strstr(result.source, "static void n_predict_h(");
    cr_assert(predict);
    const char *loop = strstr(predict, "    NN_ROLLED\n    for (int j = 0; j < 20; j++) {\n");
    cr_expect(loop && loop < strstr(predict, "\n}\n"));
    cr_expect_geq(count_of(&result, "NN_ROLLED"), 2);
    result_free(&result);
}

/* Square roots are estimates where the target's divider is slower, unless --exact is given. */
Test(kernels, roots_by_estimates_are_asked_for) {
    static const Options with = {.target = TARGET_X86_64_V4},
                         without[] = {{.target = TARGET_X86_64_V4, .is_exact = true},
                                      {.target = TARGET_X86_64_V4, .is_double = true},
                                      {.target = TARGET_X86_64_V3},
                                      {.target = TARGET_AARCH64}};
    static const char text[] = "network n\ninput x[2]\np = dense(x, 2)\noutput p\n";
    Result result = compile("n.def", text, strlen(text), "n.h", &with);
    cr_expect_eq(count_of(&result, "\n#define NN_ESTIMATES 1\n"), 1);
    result_free(&result);
    for (int i = 0; i < 4; i++) {
        result = compile("n.def", text, strlen(text), "n.h", &without[i]);
        cr_expect_eq(count_of(&result, "NN_ESTIMATES"), 0);
        result_free(&result);
    }
}

static void expect_plan(const char *source, const char *kernel, const char *plan) {
    const char *at = strstr(source, kernel);
    cr_assert(at, "no %s", kernel);
    cr_expect_eq(
        strncmp(at + strlen(kernel) + strspn(at + strlen(kernel), " "), plan, strlen(plan)), 0,
        "not '%s': %.100s", plan, at);
}

/* Whatever the shape of the weights in the model: the last layer's are [inputs, outputs]. */
Test(kernels, plans_tell_outputs_from_inputs) {
    static const char text[] = "network n\ninput x[40]\ntarget y[24]\nh = relu(dense(x, 48))\n"
                               "w = param([48, 24], he)\np = matmul(h, w)\n"
                               "loss mean_squared_error(p, y)\nupdate adam()\nbatch 32\n";
    Options options = {.target = TARGET_GENERIC};
    Result result = compile("n.def", text, strlen(text), "n.h", &options);
    cr_assert(result.source, "%s", result.diagnostics);
    expect_plan(result.source, "   predict_batch_h ", "4 examples by 2 vectors of 4 outputs");
    expect_plan(result.source, "   predict_batch_p ",
                "squares of 4 by 4; 4 examples by 2 vectors of 4 outputs");
    expect_plan(result.source, "   gradient_d_h_weight ", "5 inputs by 2 vectors of 4 outputs");
    expect_plan(result.source, "   gradient_d_w ", "6 outputs by 2 vectors of 4 inputs");
    expect_plan(result.source, "   update_w ", "2 vectors of 4 elements");
    result_free(&result);
}

/* Compares the least cycles of arithmetic in the dump with those of the products alone, of which
   two vectors run per cycle, or one where a multiply-add is two operations. The epilogue adds at
   most 2 %. */
static void expect_cycles(Target target, const char *plan, double products) {
    static const char text[] =
        "network n\ninput x[784]\ntarget y[10]\nh = relu(dense(x, 128))\np = dense(h, 10)\n"
        "loss mean_squared_error(p, y)\nupdate adam()\nbatch 64\n";
    Options options = {.target = target, .dump = "schedule"};
    Result result = compile("n.def", text, strlen(text), "n.h", &options);
    cr_assert(result.dump, "%s", result.diagnostics);
    const char *batch = strstr(result.dump, "function predict_batch");
    const char *at = batch ? strstr(batch, plan) : NULL;
    double arithmetic = 0, loads = 0, divider = -1, memory = 0;
    cr_assert(at && (at = strchr(at, '\n')), "no plan '%s'", plan);
    cr_assert_eq(sscanf(at,
                        " # cycles at least: arithmetic %lf, loads %lf, divider %lf, memory %lf",
                        &arithmetic, &loads, &divider, &memory),
                 4);
    cr_expect_geq(arithmetic, products);
    cr_expect_lt(arithmetic, 1.02 * products);
    cr_expect_lt(loads, products);
    cr_expect_eq(divider, 0);
    cr_expect_gt(memory, 0);
    result_free(&result);
}

Test(kernels, plans_say_what_they_take_at_least) {
    const double products = 64. * 784 * 128;
    expect_cycles(TARGET_X86_64_V4, "8 examples by 2 vectors of 16", products / 16 / 2);
    expect_cycles(TARGET_X86_64_V3, "examples by 2 vectors of 8", products / 8 / 2);
    expect_cycles(TARGET_GENERIC, "examples by 2 vectors of 4", products / 4 / 2 * 2);
}
