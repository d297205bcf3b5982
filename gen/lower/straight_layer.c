/* Layers in straight-line code of one example: out[n] = sum over k of w[n, k] * x[k],
   vectorised. In: the layer, and the order of its weights. Out: with outputs innermost, vectors
   of outputs; with inputs innermost, sums across vectors of inputs. */

#include "lower/straight.h"

typedef struct {
    Node *weights, *x;
    int64_t inputs, outputs;
    bool has_outputs_innermost; /* in memory */
} Layer;

/* Whether elements are zeros of a padding, whose products are left out. */
static bool has_zeros(Node *x) {
    for (int64_t k = 0; k < shape_count(x->shape); k++)
        if (element_is_zero(element_resolve(x, k)))
            return true;
    return false;
}

/* False where the node is not a layer with weights in the net. */
static bool find_layer(const Straight *straight, const Node *node, Layer *layer) {
    int weights = straight->packs_example ? layer_weights(node) : -1;
    if (weights < 0 || node->inputs[weights]->kind != KIND_PARAM ||
        has_zeros(node->inputs[1 - weights]))
        return false;
    const Layout *layout =
        layout_of(straight->emitter->layouts, straight->function, node->inputs[weights]);
    layer->weights = node->inputs[weights];
    layer->x = node->inputs[1 - weights];
    layer->inputs = shape_count(layer->x->shape);
    layer->outputs = shape_count(node->shape);
    layer->has_outputs_innermost =
        (layout_innermost_axis(layout) == 0) == layer_sums_along_rows(node, weights);
    return true;
}

bool straight_has_outputs_in_lanes(const Straight *straight, const Node *node) {
    Layer layer = {0};
    return find_layer(straight, node, &layer) && layer.has_outputs_innermost &&
           layer.outputs >= straight->pack;
}

bool straight_has_inputs_in_lanes(const Straight *straight, const Node *node) {
    Layer layer = {0};
    return find_layer(straight, node, &layer) && !layer.has_outputs_innermost &&
           layer.inputs >= straight->pack && straight_has_packs(straight, layer.x);
}

/* Each input broadcast, times its weights for these outputs; added: the initial value, or NULL. */
static const char *outputs_by_inputs(Straight *straight, const Layer *layer, Node *added,
                                     int64_t first) {
    Sum sum = sum_new(straight->compiler, straight->pack);
    sum.count = (int)layer->inputs;
    if (added)
        sum_begin(&sum, straight_pack(straight, added, first));
    for (int64_t k = 0; k < layer->inputs; k++)
        sum_add_product(&sum, straight_pack(straight, layer->weights, k * layer->outputs + first),
                        straight_operand_of(straight, element_resolve(layer->x, k)));
    return sum_end(&sum).text;
}

/* The scalar remainder of a row's products, beginning with the initial value. */
static Operand rest_of_row(Straight *straight, const Layer *layer, const Operand *added,
                           int64_t row) {
    int64_t rest = layer->inputs % straight->pack;
    Sum sum = sum_new(straight->compiler, 1);
    sum.count = (int)rest;
    if (added)
        sum_begin(&sum, *added);
    for (int64_t k = layer->inputs - rest; k < layer->inputs; k++)
        sum_add_product(&sum,
                        straight_operand_of(straight, straight_element_at(straight, layer->weights,
                                                                          row * layer->inputs + k)),
                        straight_operand_of(straight, element_resolve(layer->x, k)));
    return sum_end(&sum);
}

/* One output as a vector of partial sums. */
static char *row_products(Straight *straight, const Layer *layer, const Operand *added,
                          int64_t row) {
    Compiler *compiler = straight->compiler;
    int pack = straight->pack;
    Sum sum = sum_new(compiler, pack);
    sum.count = (int)(layer->inputs / pack);
    if (added || layer->inputs % pack) {
        Operand rest = rest_of_row(straight, layer, added, row);
        sum_begin(&sum, (Operand){format_text(compiler, "nn_first_%d(%s)", pack, rest.text), true});
    }
    for (int64_t k = 0; k + pack <= layer->inputs; k += pack)
        sum_add_product(&sum, straight_pack(straight, layer->weights, row * layer->inputs + k),
                        straight_pack(straight, layer->x, k));
    return format_text(compiler, "%s", sum_end(&sum).text);
}

Operand straight_output(Straight *straight, Node *node, int64_t row) {
    Node *merged = straight->merged_sum[node->id];
    Operand added = merged ? straight_added(straight, node, row) : (Operand){0};
    Layer layer = {0};
    find_layer(straight, merged ? merged : node, &layer);
    return (Operand){format_text(straight->compiler, "nn_sum_%d(%s)", straight->pack,
                                 row_products(straight, &layer, merged ? &added : NULL, row)),
                     false};
}

static int64_t least_of(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Outputs a vector at a time: partial sums are reduced across, one output per lane. node: the
   value they belong to. */
static const char *outputs_across(Straight *straight, const Layer *layer, Node *node,
                                  bool is_merged, int64_t first) {
    Compiler *compiler = straight->compiler;
    Text *names = text_new(compiler);
    int64_t used = least_of(straight->pack, layer->outputs - first);
    const char *type = lanes_type(compiler, straight->pack);
    for (int i = 0; i < straight->pack; i++) {
        Element at = {node, first + i % used};
        char *name = format_text(compiler, "%s_products", straight_element_name(straight, at));
        text_add(names, "%s%s", i ? ", " : "", name);
        if (i >= used)
            continue;
        Operand added = is_merged ? straight_added(straight, node, at.element) : (Operand){0};
        straight_add_vector(straight, straight->out, name,
                            row_products(straight, layer, is_merged ? &added : NULL, at.element));
    }
    return format_text(compiler, "nn_sums_%d((const %s[%d]){%s})", straight->pack, type,
                       straight->pack, names->bytes);
}

const char *straight_outputs(Straight *straight, Node *node, int64_t first) {
    Node *merged = straight->merged_sum[node->id];
    Layer layer = {0};
    find_layer(straight, merged ? merged : node, &layer);
    Node *added = merged ? node->inputs[node->inputs[0] == merged] : NULL;
    return layer.has_outputs_innermost
               ? outputs_by_inputs(straight, &layer, added, first)
               : outputs_across(straight, &layer, node, merged != NULL, first);
}
