/* The widest vector of the target under names with the suffix _v, for emitted code that knows one
   width alone. */

#define NN_WIDEST(name) NN_NAME(name##_, NN_WIDEST_LANES)
#if NN_LANES == 1
#define NN_WIDEST_LANES 1
#elif NN_LANES == 2
#define NN_WIDEST_LANES 2
#elif NN_LANES == 4
#define NN_WIDEST_LANES 4
#elif NN_LANES == 8
#define NN_WIDEST_LANES 8
#else
#define NN_WIDEST_LANES 16
#endif
typedef NN_NAME(nn_v, NN_WIDEST_LANES) nn_v;
typedef NN_NAME(nn_i, NN_WIDEST_LANES) nn_i;
typedef NN_NAME(nn_words, NN_WIDEST_LANES) nn_words;
#define nn_load_v NN_WIDEST(nn_load)
#define nn_store_v NN_WIDEST(nn_store)
#define nn_splat_v NN_WIDEST(nn_splat)
#define nn_gather_v NN_WIDEST(nn_gather)
#define nn_scatter_v NN_WIDEST(nn_scatter)
#define nn_sum_v NN_WIDEST(nn_sum)
#define nn_maximum_v NN_WIDEST(nn_maximum)
#define nn_sums_v NN_WIDEST(nn_sums)
#define nn_transpose_v NN_WIDEST(nn_transpose)
#define nn_where_v NN_WIDEST(nn_where)
#define nn_choose_v NN_WIDEST(nn_choose)
#define nn_less_v NN_WIDEST(nn_less)
#define nn_less_equal_v NN_WIDEST(nn_less_equal)
#define nn_equal_v NN_WIDEST(nn_equal)
#define nn_not_equal_v NN_WIDEST(nn_not_equal)
#define nn_sqrt_v NN_WIDEST(nn_sqrt)
#define nn_abs_v NN_WIDEST(nn_abs)
#define nn_copysign_v NN_WIDEST(nn_copysign)
#define nn_max_v NN_WIDEST(nn_max)
#define nn_min_v NN_WIDEST(nn_min)
#define nn_clamp_v NN_WIDEST(nn_clamp)
#define nn_div_v NN_WIDEST(nn_div)
#define nn_fma_v NN_WIDEST(nn_fma)
#define nn_classes_v NN_WIDEST(nn_classes)
#define nn_examples_v NN_WIDEST(nn_examples)
#define nn_exp_v NN_WIDEST(nn_exp)
#define nn_log_v NN_WIDEST(nn_log)
#define nn_pow_v NN_WIDEST(nn_pow)
#define nn_sin_v NN_WIDEST(nn_sin)
#define nn_cos_v NN_WIDEST(nn_cos)
#define nn_atan_v NN_WIDEST(nn_atan)
#define nn_erf_v NN_WIDEST(nn_erf)
#define nn_expm1_v NN_WIDEST(nn_expm1)
#define nn_log1p_v NN_WIDEST(nn_log1p)
#define nn_floor_v NN_WIDEST(nn_floor)
#define nn_tanh_v NN_WIDEST(nn_tanh)
#define nn_logistic_v NN_WIDEST(nn_logistic)
#define nn_log1p_exp_v NN_WIDEST(nn_log1p_exp)
#define nn_uniform_v NN_WIDEST(nn_uniform)
#define nn_normal_v NN_WIDEST(nn_normal)
#define nn_uniform_examples_v NN_WIDEST(nn_uniform_examples)
#define nn_normal_examples_v NN_WIDEST(nn_normal_examples)
#define nn_uniform_block_v NN_WIDEST(nn_uniform_block)
#define nn_normal_block_v NN_WIDEST(nn_normal_block)
