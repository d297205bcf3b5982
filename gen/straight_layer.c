/* Straight-line code of one example: layers, out[n] = sum over k of w[n, k] * x[k], in vectors. In:
   the layer, its weights as they lie in memory. Out: where those of one input by all outputs lie
   side by side, vectors of outputs; where those of one output do, sums across vectors of inputs. */

#include "straight.h"

typedef struct {
    Node *weights, *x;
    int64_t inputs, outputs;
    bool has_outputs_innermost; /* in memory */
} Layer;

/* False where the node is none whose weights are in the net. */
static bool find_layer(const Straight *straight, const Node *node, Layer *layer) {
    int weights = straight->packs_example ? layer_weights(node) : -1;
    if (weights < 0 || node->inputs[weights]->kind != KIND_PARAM)
        return false;
    layer->weights = node->inputs[weights];
    layer->x = node->inputs[1 - weights];
    layer->inputs = shape_count(layer->x->shape);
    layer->outputs = shape_count(node->shape);
    layer->has_outputs_innermost =
        (innermost_axis(layer->weights->variable) == 0) == layer_sums_along_rows(node, weights);
    return true;
}

bool straight_has_outputs_in_lanes(const Straight *straight, const Node *node) {
    Layer layer;
    return find_layer(straight, node, &layer) && layer.has_outputs_innermost &&
           layer.outputs >= straight->pack;
}

bool straight_has_inputs_in_lanes(const Straight *straight, const Node *node) {
    Layer layer;
    return find_layer(straight, node, &layer) && !layer.has_outputs_innermost &&
           layer.inputs >= straight->pack && straight_has_packs(straight, layer.x);
}

/* Each input times the weights by these outputs; addition: what the sum begins with, or NULL. */
const char *straight_outputs(Straight *straight, const Node *node, const Node *addition,
                             int64_t first) {
    Layer layer;
    Sum sum = sum_new(straight->compiler, straight->pack);
    find_layer(straight, node, &layer);
    for (int64_t k = 0; k < layer.inputs; k++)
        sum.count += !element_is_zero(element_resolve(layer.x, k));
    if (addition)
        sum_begin(&sum,
                  straight_pack(straight, addition->inputs[addition->inputs[0] == node], first));
    for (int64_t k = 0; k < layer.inputs; k++) {
        Element x = element_resolve(layer.x, k);
        if (!element_is_zero(x))
            sum_add_product(&sum, straight_pack(straight, layer.weights, k * layer.outputs + first),
                            straight_operand_of(straight, x));
    }
    return sum_end(&sum).text;
}

/* What is left over of a row's products after whole vectors, begun with what is added to them. */
static Operand rest_of_row(Straight *straight, const Layer *layer, const Operand *added,
                           int64_t row) {
    int64_t rest = layer->inputs % straight->pack;
    Sum sum = sum_new(straight->compiler, 1);
    sum.count = (int)rest;
    if (added)
        sum_begin(&sum, *added);
    for (int64_t k = layer->inputs - rest; k < layer->inputs; k++)
        sum_add_product(&sum,
                        straight_operand_of(
                            straight, straight_element_at(layer->weights, row * layer->inputs + k)),
                        straight_operand_of(straight, element_resolve(layer->x, k)));
    return sum_end(&sum);
}

Operand straight_row_sum(Straight *straight, const Node *node, const Operand *added, int64_t row) {
    Compiler *compiler = straight->compiler;
    int pack = straight->pack;
    Layer layer;
    Sum sum = sum_new(compiler, pack);
    find_layer(straight, node, &layer);
    sum.count = (int)(layer.inputs / pack);
    if (added || layer.inputs % pack) {
        Operand rest = rest_of_row(straight, &layer, added, row);
        sum_begin(&sum, (Operand){format_text(compiler, "nn_first_%d(%s)", pack, rest.text), true});
    }
    for (int64_t k = 0; k + pack <= layer.inputs; k += pack)
        sum_add_product(&sum, straight_pack(straight, layer.weights, row * layer.inputs + k),
                        straight_pack(straight, layer.x, k));
    return (Operand){format_text(compiler, "nn_sum_%d(%s)", pack, sum_end(&sum).text), false};
}
