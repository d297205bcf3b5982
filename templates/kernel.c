/* Kernels: what one cluster of the plan becomes. Each unrolled instance of a value is a constant, such as `h_0_1`; addresses are
   literals plus the variables of the loops around them. */

//: block kernel
//: if plan
/* ${formulas}${lines}sed by $users.
   Plan: $plan. */
//: else
/* ${formulas}${lines}sed by $users. */
//: end
static void $kernel($parameters) {
    //: insert body
}

//: end
//: block kernel_again
//: if plan
/* Plan: $plan. */
//: end
static void $kernel($parameters) {
    //: insert body
}

//: end
//: block tail
/* What follows the sum in one vector of $title. */
NN_INLINE $type $function($parameters) {
    //: insert body
}

//: end
//: block call
$function($arguments);
//: end
//: block call_sum
$value += $function($arguments);
//: end
//: block rolled
NN_ROLLED
//: end
//: block loop
for (int $i = $first; $i < $end; $i$advance) {
    //: insert body
}
//: end
//: block scope
{
    //: insert body
}
//: end
//: block guard
if ($guard) {
    //: insert body
}
//: end
//: block guard_else
if ($guard) {
    //: insert body
} else {
    //: insert otherwise
}
//: end
//: block loop_kernel
static void $kernel($parameters) {
    //: insert body
}
//: end
//: block set
$value = $expression;
//: end
//: block accumulator_later
$type $value;
//: end
//: block local_array
$type $name[$count];
//: end
//: block draw
$type $name[4];
nn_${distribution}_block_$lanes(seed, stream, $number, $example, $block, $name);
//: end
//: block transpose
{
    $type $name[$lanes] = {$vectors};
    nn_transpose_$lanes($name);
    //: for rows
    $row = $name[$number];
    //: end
}
//: end
//: block fence
nn_fence();
//: end
//: block example_array
$real $name[$count];
//: end
//: block load
const $type $value = nn_load_$lanes($element);
//: end
//: block load_part
const $type $value = nn_load_part_$lanes($element, $part);
//: end
//: block load_splat
const $type $value = nn_splat_$lanes($pointer[$address]);
//: end
//: block gather
const $type $value = nn_gather_$lanes($element, $stride);
//: end
//: block gather_part
const $type $value = nn_gather_part_$lanes($element, $stride, $part);
//: end
//: block load_number
const $real $value = $pointer[$address];
//: end
//: block class_number
const $real $value = nn_class_1($pointer[$example], $address);
//: end
//: block class_lanes
const $type $value = nn_classes_$lanes($pointer[$example], $address);
//: end
//: block class_examples
const $type $value = nn_examples_$lanes($pointer + $example, $address);
//: end
//: block class_examples_part
const $type $value = nn_examples_part_$lanes($pointer + $example, $address, $part);
//: end
//: block fetch
nn_fetch($element, $ahead);
//: end
//: block fetch_near
nn_fetch_near($element, $ahead);
//: end
//: block random
const $type $value = nn_${distribution}_$lanes(seed, stream, $number, $example, (uint32_t)($address));
//: end
//: block apply
const $type $value = $expression;
//: end
//: block accumulator
$type $value = $first;
//: end
//: block accumulator_again
$type $value = nn_load_$lanes($element);
//: end
//: block accumulate_product
$value = nn_fma_$lanes($left, $right, $value);
//: end
//: block accumulate_sum
$value += $expression;
//: end
//: block accumulate_maximum
$value = nn_max_$lanes($value, $expression);
//: end
//: block sum_across
const $type $value = nn_sums_$lanes((const $type[$lanes]){$vectors});
//: end
//: block finish_sum
const $real $value = nn_sum_$lanes($partial);
//: end
//: block finish_sum_rest
const $real $value = nn_sum_$lanes($partial) + $rest;
//: end
//: block finish_maximum
const $real $value = nn_maximum_$lanes($partial);
//: end
//: block finish_maximum_rest
const $real $value = nn_max_1(nn_maximum_$lanes($partial), $rest);
//: end
//: block store_number
$pointer[$address] = $expression;
//: end
//: block store
nn_store_$lanes($element, $expression);
//: end
//: block store_part
nn_store_part_$lanes($element, $part, $expression);
//: end
//: block store_whole
nn_store${kind}_$lanes($element, $expression);
//: end
//: block store_lanes
nn_store_lanes_$lanes($element, $bits, $expression);
//: end
//: block scatter_lanes
nn_scatter${chosen}_$lanes($element, $stride, $bits, $expression);
//: end
//: block scatter
nn_scatter_$lanes($element, $stride, $expression);
//: end
//: block scatter_part
nn_scatter_part_$lanes($element, $stride, $part, $expression);
//: end
//: block move
$to = $from;
//: end
//: block turn
nn_turn_$lanes($to, $to_stride, $from, $from_stride);
//: end
//: block turn_ahead
nn_turn_ahead_$lanes($to, $to_stride, $from, $from_stride, $ahead);
//: end
//: block turn_part
nn_turn_part_$lanes($to, $to_stride, $from, $from_stride, $rows, $columns);
//: end
