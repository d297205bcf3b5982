/* Products of any number of factors, as products of two. In: factors with their indices, and which
   indices the result has; all others are summed over. Out: one node, made of contractions of two
   operands in the order that takes the fewest multiply-adds and, of those that take as many, the
   fewest elements of values between. Terms that leave an operand count, as in contractions.

   A value between has an axis for each index that somebody still needs, whatever the index was part
   of before: x[i + k] * w[j, k] has the axes i, k and j where k is needed, and 0 where i + k leaves
   x. */

#include "expand/calls.h"

enum {
    EXACT_FACTORS = 8,  /* up to which all orders are compared */
    JOINED_FACTORS = 16 /* of more, among the first so many pairs are joined until they are few */
};

typedef struct Part Part;

/* The product of some factors, summed over what nobody else needs. */
struct Part {
    bool is_possible, batched;
    uint64_t loops;           /* that its axes follow */
    double cost;              /* multiply-adds that make it */
    double size;              /* elements of the values on the way, its own counted */
    const Factor *factor;     /* it is this one as it stands, or NULL: */
    const Part *left, *right; /* right NULL: sums of the left */
};

typedef struct {
    Checker *checker;
    const Product *product;
    double batch;
    uint64_t result; /* its loops */
    int count;
    Part factor[EXACT_FACTORS];
    Part set[1 << EXACT_FACTORS]; /* by set of factors: factor i has the bit count - 1 - i */
    const Part *scaled;           /* what the scale is multiplied with, NULL: the result */
    double scaled_elements;
} Search;

static uint64_t loop_bit(int loop) {
    return (uint64_t)1 << loop;
}

static int count_bits(uint64_t set) {
    int count = 0;
    for (; set; set &= set - 1)
        count++;
    return count;
}

static double count_elements(const Search *search, uint64_t loops, bool batched) {
    double count = batched ? search->batch : 1;
    for (int i = 0; loops; i++, loops >>= 1)
        if (loops & 1)
            count *= (double)search->product->extent[i];
    return count;
}

// What a product of two takes

static Part part_of(const Factor *factor) {
    Part part = {.is_possible = true, .batched = factor->node->batched, .factor = factor};
    for (int axis = 0; axis < factor->node->shape.rank; axis++)
        for (int i = 0; i < MAX_INDICES; i++)
            part.loops |= factor->axis[axis].factor[i] ? loop_bit(i) : 0;
    return part;
}

/* Of two parts, or the sums of one. is_last: it is the result, whose shape is known to fit. */
static Part join(const Search *search, const Part *left, const Part *right, uint64_t needed,
                 bool is_last) {
    static const Part one = {.is_possible = true};
    const Part *other = right ? right : &one;
    uint64_t loops = left->loops | other->loops | (is_last ? search->result : 0);
    Part part = {.left = left, .right = right, .loops = loops & needed};
    part.batched = left->batched || other->batched;
    double elements = is_last ? 0 : count_elements(search, part.loops, part.batched);
    part.cost = left->cost + other->cost + count_elements(search, loops, part.batched);
    part.size = left->size + other->size + elements;
    part.is_possible = left->is_possible && other->is_possible && count_bits(loops) <= MAX_LOOPS &&
                       count_bits(part.loops) <= MAX_RANK && elements <= (double)MAX_ELEMENTS;
    return part;
}

static void take_cheaper(Part *best, Part part) {
    bool is_cheaper = part.cost < best->cost || (part.cost == best->cost && part.size < best->size);
    if (part.is_possible && (is_cheaper || !best->is_possible))
        *best = part;
}

// All orders of few factors

static int factor_of_set(const Search *search, unsigned set) {
    int factor = search->count - 1;
    for (; set > 1; set >>= 1)
        factor--;
    return factor;
}

static uint64_t loops_outside(const Search *search, unsigned set) {
    uint64_t loops = search->result;
    for (int i = 0; i < search->count; i++)
        if (!(set >> (search->count - 1 - i) & 1))
            loops |= search->factor[i].loops;
    return loops;
}

/* Choice 0 or 1 of a part for a set of factors: a single factor as it stands or already summed; of
   several their product, and no second choice (NULL). */
static const Part *choice_of_set(const Search *search, unsigned set, int choice) {
    bool is_single = (set & (set - 1)) == 0;
    if (is_single && choice == 0)
        return &search->factor[factor_of_set(search, set)];
    return is_single || choice == 0 ? &search->set[set] : NULL;
}

static void split_set(Search *search, unsigned set, unsigned right) {
    uint64_t needed = loops_outside(search, set);
    bool is_all = set == (1u << search->count) - 1;
    for (int i = 0; i < 4; i++) {
        const Part *a = choice_of_set(search, set & ~right, i / 2);
        const Part *b = choice_of_set(search, right, i % 2);
        if (a && b)
            take_cheaper(&search->set[set], join(search, a, b, needed, is_all));
    }
}

/* Of orders that cost the same, the one from left to right is taken. */
static void search_set(Search *search, unsigned set) {
    unsigned first = set;
    while (first & (first - 1))
        first &= first - 1;
    if (first == set) {
        const Part *factor = &search->factor[factor_of_set(search, set)];
        uint64_t needed = loops_outside(search, set);
        if (search->count == 1 || (factor->loops & ~needed) != 0)
            search->set[set] = join(search, factor, NULL, needed, search->count == 1);
    }
    for (unsigned right = (0u - set) & set; right != set; right = (right - set) & set)
        if (!(right & first))
            split_set(search, set, right);
}

// Nodes

static void add_axes(const Search *search, uint64_t loops, Factor *joined, Shape *shape) {
    for (int i = 0; loops; i++, loops >>= 1)
        if (loops & 1) {
            joined->axis[shape->rank].factor[i] = 1;
            shape->size[shape->rank++] = search->product->extent[i];
        }
}

/* Axes for those of the loops that the factor has, in the order of its axes; the others remain. */
static uint64_t add_axes_like(const Search *search, const Factor *factor, uint64_t loops,
                              Factor *joined, Shape *shape) {
    for (int axis = 0; axis < factor->node->shape.rank; axis++) {
        uint64_t here = 0;
        for (int i = 0; i < MAX_INDICES; i++)
            here |= factor->axis[axis].factor[i] ? loop_bit(i) & loops : 0;
        add_axes(search, here, joined, shape);
        loops &= ~here;
    }
    return loops;
}

static void fill_index(Index *index, const Subscript *axes, int rank, const int *numbers) {
    for (int axis = 0; axis < rank; axis++) {
        index->offset[axis] = axes[axis].offset;
        for (int i = 0; i < MAX_INDICES; i++)
            if (axes[axis].factor[i])
                index->factor[axis][numbers[i]] = axes[axis].factor[i];
    }
}

/* The loops of a contraction: those of the result first, in the order of its axes. */
static void number_loops(const Search *search, const Factor *joined, int rank, uint64_t loops,
                         Contract *contract, int *numbers) {
    for (int axis = 0; axis < rank; axis++)
        for (int i = 0; i < MAX_INDICES; i++)
            if (joined->axis[axis].factor[i]) {
                numbers[i] = contract->loop_count;
                contract->extent[contract->loop_count++] = search->product->extent[i];
                loops &= ~loop_bit(i);
            }
    for (int i = 0; i < MAX_INDICES; i++)
        if (loops & loop_bit(i)) {
            numbers[i] = contract->loop_count;
            contract->extent[contract->loop_count++] = search->product->extent[i];
        }
}

/* Two factors, or the sums of one where b is NULL. */
static const Factor *multiply(const Search *search, const Factor *a, const Factor *b,
                              uint64_t loops, uint64_t kept) {
    Compiler *compiler = search->checker->compiler;
    Graph *graph = search->checker->graph;
    Factor *joined = NEW(compiler, Factor);
    Shape shape = {0};
    Contract contract = {0};
    int numbers[MAX_INDICES] = {0};
    joined->axis = NEW_ARRAY(compiler, Subscript, MAX_RANK);
    if (kept == search->result)
        add_axes(search, kept, joined, &shape);
    else if ((kept = add_axes_like(search, a, kept, joined, &shape)) != 0)
        add_axes_like(search, b, kept, joined, &shape);
    number_loops(search, joined, shape.rank, loops, &contract, numbers);
    Node *right = b ? b->node : graph_const(graph, 1);
    fill_index(&contract.index[0], joined->axis, shape.rank, numbers);
    fill_index(&contract.index[1], a->axis, a->node->shape.rank, numbers);
    if (b)
        fill_index(&contract.index[2], b->axis, right->shape.rank, numbers);
    joined->node =
        graph_contract(graph, &contract, shape, a->node->batched || right->batched, a->node, right);
    return joined;
}

static const Factor *scale(const Search *search, const Factor *factor) {
    Factor *scaled = NEW(search->checker->compiler, Factor);
    scaled->axis = factor->axis;
    scaled->node =
        graph_map(search->checker->graph, OP_MUL, search->product->scale, factor->node, NULL);
    return scaled;
}

static const Factor *build(const Search *search, const Part *part) {
    const Factor *made = part->factor;
    if (!made) {
        const Factor *a = build(search, part->left);
        const Factor *b = part->right ? build(search, part->right) : NULL;
        uint64_t loops = part->left->loops | (part->right ? part->right->loops : 0) | part->loops;
        made = multiply(search, a, b, loops, part->loops);
    }
    return part == search->scaled ? scale(search, made) : made;
}

/* The scale is multiplied with the fewest elements; the result does not become per example by an
   operand that was not, and comes first where it is no larger. */
static void find_scaled(Search *search, const Part *part) {
    bool batched = search->product->scale->batched;
    double elements = part->factor ? (double)shape_count(part->factor->node->shape)
                                   : count_elements(search, part->loops, false);
    elements *= part->batched ? search->batch : 1;
    if (elements < search->scaled_elements && (part->batched || !batched)) {
        search->scaled_elements = elements;
        search->scaled = part;
    }
    if (part->left)
        find_scaled(search, part->left);
    if (part->right)
        find_scaled(search, part->right);
}

static Node *multiply_few(Search *search, const Factor *const *factors, int count) {
    unsigned all = (1u << count) - 1;
    search->count = count;
    for (int i = 0; i < count; i++)
        search->factor[i] = part_of(factors[i]);
    for (unsigned set = 1; set <= all; set++)
        search_set(search, set);
    const Part *result = &search->set[all];
    const Node *scale_node = search->product->scale;
    if (!result->is_possible)
        return NULL;
    search->scaled = result;
    search->scaled_elements = count_elements(
        search, result->loops, result->batched || (scale_node && scale_node->batched));
    if (scale_node)
        find_scaled(search, result);
    else
        search->scaled = NULL;
    return build(search, result)->node;
}

// More factors: the pair first that leaves least behind

typedef struct {
    uint64_t once, twice, more; /* loops of so many factors at least */
} Uses;

static Uses count_uses(const Part *parts, int count) {
    Uses uses = {0};
    for (int i = 0; i < count; i++) {
        uses.more |= uses.twice & parts[i].loops;
        uses.twice |= uses.once & parts[i].loops;
        uses.once |= parts[i].loops;
    }
    return uses;
}

static uint64_t needed_beside(const Search *search, Uses uses, const Part *a, const Part *b) {
    return search->result | (a->loops & b->loops & uses.more) |
           ((a->loops ^ b->loops) & uses.twice);
}

/* Joins one pair; false where none can be. */
static bool join_pair(const Search *search, Part *parts, int count) {
    Uses uses = count_uses(parts, count);
    Part best = {0};
    double least = 0;
    int one = 0, other = 0, seen = count < JOINED_FACTORS ? count : JOINED_FACTORS;
    for (int i = 0; i < seen; i++)
        for (int j = i + 1; j < seen; j++) {
            const Part *a = &parts[i], *b = &parts[j];
            Part part = join(search, a, b, needed_beside(search, uses, a, b), false);
            double more = part.size - count_elements(search, a->loops, a->batched) -
                          count_elements(search, b->loops, b->batched);
            if (!part.is_possible || (best.is_possible && more >= least))
                continue;
            best = part, least = more, one = i, other = j;
        }
    if (!best.is_possible)
        return false;
    parts[one] = part_of(multiply(search, parts[one].factor, parts[other].factor,
                                  parts[one].loops | parts[other].loops, best.loops));
    for (int i = other; i + 1 < count; i++)
        parts[i] = parts[i + 1];
    return true;
}

static bool make_few(const Search *search, const Factor **factors, int *count) {
    Part *parts = NEW_ARRAY(search->checker->compiler, Part, *count);
    for (int i = 0; i < *count; i++)
        parts[i] = part_of(factors[i]);
    for (; *count > EXACT_FACTORS; --*count)
        if (!join_pair(search, parts, *count))
            return false;
    for (int i = 0; i < *count; i++)
        factors[i] = parts[i].factor;
    return true;
}

Node *multiply_factors(Checker *checker, const Product *product, Span at) {
    Compiler *compiler = checker->compiler;
    int count = product->factor_count;
    const Factor **factors = NEW_ARRAY(compiler, const Factor *, count);
    Search search = {.checker = checker,
                     .product = product,
                     .batch = (double)checker->expected_batch,
                     .result = loop_bit(product->rank) - 1};
    for (int i = 0; i < count; i++)
        factors[i] = &product->factors[i];
    Node *node = make_few(&search, factors, &count) ? multiply_few(&search, factors, count) : NULL;
    if (!node)
        fail(checker, at,
             "contract: whatever the order, a product of two has more than %d indices, or a value "
             "between more than %d axes or %lld elements",
             MAX_LOOPS, MAX_RANK, (long long)MAX_ELEMENTS);
    return node;
}
