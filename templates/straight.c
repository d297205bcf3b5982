/* Straight-line code: every element of every value is a constant of its own; lanes are examples. */

//: block straight_loop
for (int row = 0; row < $examples; row$advance) {
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
/* $formula$line */
//: end
//: block straight_put
$to = $expression;
//: end
//: block straight_scatter
nn_scatter_$lanes($to, $stride, $expression);
//: end
//: block straight_store
nn_store_$lanes($to, $expression);
//: end
