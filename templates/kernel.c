/* Kernels: what one cluster of the plan becomes. Values are constants with a number per instance, `h_0_1`; addresses are literal
   but for the loops around them. */

//: block kernel
/* ${formulas}${lines}sed by $users. */
static void $kernel($parameters) {
    //: insert body
}

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
//: block row_array
$real $name[$count];
//: end
//: block load
const $type $value = nn_load_$suffix($place);
//: end
//: block gather
const $type $value = nn_gather_$suffix($pointer + $address, $stride);
//: end
//: block load_1
const $real $value = $pointer[$address];
//: end
//: block class_1
const $real $value = nn_class_1($pointer[$row], $address);
//: end
//: block class_v
const nn_v $value = nn_classes_v($pointer[$row], $address);
//: end
//: block random
const $type $value = nn_${distribution}_$suffix(seed, stream, $number, $example, (uint32_t)($address));
//: end
//: block apply
const $type $value = $expression;
//: end
//: block accumulator
$type $value = $zero;
//: end
//: block accumulate_sum
$value += $expression;
//: end
//: block accumulate_maximum
$value = nn_max_$suffix($value, $expression);
//: end
//: block finish_sum
const $real $value = nn_sum_v($partial);
//: end
//: block finish_sum_rest
const $real $value = nn_sum_v($partial) + $rest;
//: end
//: block finish_maximum
const $real $value = nn_maximum_v($partial);
//: end
//: block finish_maximum_rest
const $real $value = nn_max_1(nn_maximum_v($partial), $rest);
//: end
//: block store_1
$pointer[$address] = $expression;
//: end
//: block store_v
nn_store_v($place, $expression);
//: end
//: block scatter_v
nn_scatter_v($pointer + $address, $stride, $expression);
//: end
