/* Straight-line code: every element of every value is a constant of its own; lanes are examples. */

//: block straight_loop
for (int row = 0; row < $rows; row$advance) {
    //: insert body
}
//: end
//: block straight_value
const $type $value = $expression;
//: end
//: block straight_sum
$type $value = $zero;
//: end
//: block straight_add
$value += $expression;
//: end
//: block straight_comment
/* $formula$place */
//: end
//: block straight_put
$to = $expression;
//: end
//: block straight_scatter_v
nn_scatter_v($to, $stride, $expression);
//: end
//: block straight_store_v
nn_store_v($to, $expression);
//: end
