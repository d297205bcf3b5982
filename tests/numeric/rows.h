/* Every operator that the language reaches and every prelude definition, as expressions to check.
   A new one is one row here; test_gradient.c fails while a definition has none.

   MAP_ROW(name, expression, positive)  elementwise in x, y, z: met with every broadcast
   ROW(name, expression, shapes of x, y, z, positive)  the rest
   Values of x, y, z all differ, with magnitudes from 0.3 to 3; positive: none below 0. */

MAP_ROW("add", "x + y", false)
MAP_ROW("sub", "x - y", false)
MAP_ROW("mul", "x * y", false)
MAP_ROW("div", "x / y", false)
MAP_ROW("neg", "-x * y", false)
MAP_ROW("pow", "x^y", true)
MAP_ROW("pow of a constant",
        "0.05 * (x^3 + y^-2 + x^2 + y^0.5 + x^1.7 + y^-1 + x^-0.5 + x^4 + y^1 + y^0)", true)
MAP_ROW("pow of a constant base", "2^x", false)
MAP_ROW("whole powers of negative numbers", "0.05 * (x^3 + y^2 + x^4 + y^-1 + y^-2)", false)
MAP_ROW("exp", "exp(x) * y", false)
MAP_ROW("log", "log(x) * y", true)
MAP_ROW("sqrt", "sqrt(x) * y", true)
MAP_ROW("xlogy", "xlogy(x - 1, y) * z", true)
MAP_ROW("abs", "abs(x) * y", false)
MAP_ROW("max", "max(x, y)", false)
MAP_ROW("min", "min(x, y)", false)
MAP_ROW("max of three", "max(x, y, z)", false)
MAP_ROW("min of three", "min(x, y, z)", false)
MAP_ROW("sin", "sin(x) * y", false)
MAP_ROW("cos", "cos(x) * y", false)
MAP_ROW("atan", "atan(x) * y", false)
MAP_ROW("erf", "erf(x) * y", false)
MAP_ROW("floor", "floor(1.7 * x) * y + x", false)
MAP_ROW("exp less 1", "(exp(x) - 1) * y + 2 * (-1 + exp(z))", false)
MAP_ROW("1 less exp", "(1 - exp(x)) * y", false)
MAP_ROW("log of 1 and more", "log(1 + x) * log(y * z + 1)", true)
MAP_ROW("log of 1 and less", "log(1 - 0.2 * x) * y", true)
MAP_ROW("less", "where(x < y, x * z, y)", false)
MAP_ROW("less_equal", "where(x <= y, x * z, y)", false)
MAP_ROW("equal", "where(x == y, x, z * y)", false)
MAP_ROW("not_equal", "where(x != y, x * z, y)", false)
MAP_ROW("greater", "where(x > y, x * z, y) + where(x >= z, x * x, y)", false)
MAP_ROW("where", "where(x > 0, y, z)", false)
MAP_ROW("where by a number", "where(x, y * y, z)", false)
MAP_ROW("a sum of many terms", "x * y * z + x * x - y / z + 2 * x * z - (x - y) * (x + z)", false)
MAP_ROW("identity", "identity(x) * y", false)
MAP_ROW("sigmoid", "sigmoid(x) * y", false)
MAP_ROW("log of sigmoid", "log(sigmoid(x)) * y", false)
MAP_ROW("log of 1 - sigmoid", "log(1 - sigmoid(x)) * y", false)
MAP_ROW("log of 1 + exp", "log(1 + exp(x)) + log(exp(y) + 1)", false)
MAP_ROW("log of exp", "log(exp(x)) * log(exp(x) / y^2)", true)
MAP_ROW("sigmoids in other words", "exp(x) / (1 + exp(x)) + 2 / (1 + exp(-2 * y)) - 1", false)
MAP_ROW("tanh", "tanh(x) * y", false)
MAP_ROW("tanhs in other words", "(exp(x) - 1) / (exp(x) + 1) + (1 - exp(y)) / (1 + exp(y))", false)
MAP_ROW("relu", "relu(x) * y", false)
MAP_ROW("tan, sec", "tan(0.4 * x) * y + sec(0.4 * x)", false)
MAP_ROW("cot, csc", "cot(x) * y + csc(x)", true)
MAP_ROW("asin, acos", "asin(0.3 * x) * y + acos(0.3 * x)", false)
MAP_ROW("sinh, cosh", "0.3 * sinh(x) * y + cosh(x)", false)
MAP_ROW("coth", "coth(x) * y", false)
MAP_ROW("sech, csch", "sech(x) * y + csch(x)", false)
MAP_ROW("asinh", "asinh(x) * y", false)
MAP_ROW("acosh", "acosh(1.1 + x) * y", true)
MAP_ROW("atanh", "atanh(0.3 * x) * y", false)
MAP_ROW("acoth", "acoth(1.1 + x) * acoth(-1.1 - y)", true)
MAP_ROW("_half_of_exp, _sinh", "_half_of_exp(x) * _sinh(0.3 * y)", false)
MAP_ROW("deriv", "own_swish(x) * y", false)
MAP_ROW("deriv of another", "own_swish(own_sine(x, 0.7) + own_swish(y)) * z", false)
MAP_ROW("batch_size", "x / batch_size * y", false)
MAP_ROW("signs", "-(x - y) * -(2 * z) + -(3 / x) / -y - -x + (-x) * y - (-z)", false)
MAP_ROW("masks",
        "where(x > 0, y, 0) * z + where(x > 0, 0, z) + where(x > 0, where(x > 0, y, z), x)", false)

ROW("sum", "sum(x)^2", "[2, 3, 4]", NULL, NULL, false)
ROW("sum over axis 0", "sum(x, axis = 0)", "[2, 3, 4]", NULL, NULL, false)
ROW("sum over axis 1", "sum(x, axis = 1)", "[2, 3, 4]", NULL, NULL, false)
ROW("sum over axis 2", "sum(x, axis = 2)", "[2, 3, 4]", NULL, NULL, false)
ROW("sum over axis -2, kept", "x / sum(x, axis = -2, keep = 1)", "[2, 3, 4]", NULL, NULL, true)
ROW("sum of a vector", "sum(x) * x", "[5]", NULL, NULL, false)
ROW("sum of a scalar", "sum(x) * x", "[]", NULL, NULL, false)
ROW("mean", "mean(x) * y", "[2, 3]", "[4]", NULL, false)
ROW("mean over axis 0", "mean(x, axis = 0)", "[2, 3]", NULL, NULL, false)
ROW("mean over axis 1, kept", "x - mean(x, axis = 1, keep = 1)", "[2, 3]", NULL, NULL, false)
ROW("maximum", "max(x) * y", "[2, 3, 4]", "[]", NULL, false)
ROW("maximum over axis 0", "max(x, axis = 0)", "[2, 3, 4]", NULL, NULL, false)
ROW("maximum over axis 1", "max(x, axis = 1)", "[2, 3, 4]", NULL, NULL, false)
ROW("maximum over axis 2, kept", "x - max(x, axis = 2, keep = 1)", "[2, 3, 4]", NULL, NULL, false)
ROW("minimum", "min(x)", "[2, 3, 4]", NULL, NULL, false)
ROW("minimum over axis 1", "min(x, axis = 1)", "[2, 3, 4]", NULL, NULL, false)
ROW("softmax", "softmax(x)", "[5]", NULL, NULL, false)
ROW("softmax of a matrix", "softmax(x) * y", "[2, 4]", "[4]", NULL, false)
ROW("softmax along the first axis", "exp(x) / sum(exp(x), axis = 0, keep = 1)", "[3, 2]", NULL,
    NULL, false)
ROW("log of softmax", "log(softmax(x)) * y", "[5]", "[5]", NULL, false)
ROW("matmul of matrices", "matmul(x, y)", "[2, 3]", "[3, 4]", NULL, false)
ROW("matmul of matrix and vector", "matmul(x, y)", "[4, 3]", "[3]", NULL, false)
ROW("matmul of vector and matrix", "matmul(x, y)", "[3]", "[3, 4]", NULL, false)
ROW("matmul of vectors", "matmul(x, y)", "[5]", "[5]", NULL, false)
ROW("matmul with itself", "matmul(x, transpose(x))", "[3, 4]", NULL, NULL, false)
ROW("contract of an outer product", "contract(x[i] * y[j], i = 3, j = 4)", "[3]", "[4]", NULL,
    false)
ROW("contract to a number", "contract(x[i, j] * y[i, j])", "[3, 2]", "[3, 2]", NULL, false)
ROW("contract as convolution", "contract(x[f, c, k] * y[c, t + k], f = 2, t = 4)", "[2, 2, 3]",
    "[2, 6]", NULL, false)
ROW("contract with padding", "contract(x[f, c, k] * y[c, t + k - 1], f = 2, t = 6)", "[2, 2, 3]",
    "[2, 6]", NULL, false)
ROW("contract with stride", "contract(x[f, c, k] * y[c, 2*t + k - 1], f = 2, t = 3)", "[2, 2, 3]",
    "[2, 6]", NULL, false)
ROW("contract with dilation", "contract(x[k] * y[t + 2*k - 2], t = 7)", "[3]", "[7]", NULL, false)
ROW("contract backwards", "contract(x[k] * y[t - k], t = 8)", "[3]", "[6]", NULL, false)
ROW("contract in two dimensions", "contract(x[a, b] * y[i + a - 1, j + b], i = 4, j = 3)", "[3, 2]",
    "[4, 4]", NULL, false)
ROW("contract of a part", "contract(x[i] * y[i], i = 3)", "[5]", "[5]", NULL, false)
ROW("contract beyond the end", "contract(x[i] * y[i], i = 7)", "[5]", "[5]", NULL, false)
ROW("contract of a part, moved", "contract(x[i] * y[i + j], i = 3, j = 2)", "[5]", "[6]", NULL,
    false)
ROW("contract of a part of each row", "contract(x[c, i] * y[c + j], i = 3, j = 2)", "[2, 5]", "[4]",
    NULL, false)
ROW("contract beyond and backwards", "contract(x[i] * y[2 - i], i = 7)", "[5]", "[5]", NULL, false)
ROW("contract by example and row", "contract(x[i, k] * y[i, k], i = 3)", "[3, 4]", "[3, 4]", NULL,
    false)
ROW("window_max", "window_max(x[c, 2*i + k, 2*j + l], over(k = 2, l = 2), c = 2, i = 2, j = 2) * y",
    "[2, 4, 4]", "[2, 2]", NULL, false)
ROW("window_max with padding and overlaps", "window_max(x[2*i + k - 1], over(k = 3), i = 4) * y",
    "[7]", "[4]", NULL, false)
ROW("window_max beyond the end", "window_max(x[3*i + 2*k - 2, j], over(k = 3), i = 3, j = 3) * y",
    "[7, 3]", "[3, 3]", NULL, false)
ROW("window_max of all", "window_max(x[k, l], over(l = 3, k = 2)) * y", "[2, 3]", "[2]", NULL,
    false)
ROW("window_mean", "window_mean(x[c, 2*i + k], over(k = 2), c = 2, i = 3) * y", "[2, 6]", "[3]",
    NULL, false)
ROW("window_mean with padding",
    "window_mean(x[i + k - 1, 2*j + l - 1], over(k = 3, l = 2), i = 3, "
    "j = 2) * y",
    "[3, 3]", "[2]", NULL, false)
ROW("window_mean of all places",
    "window_mean(x[3*i + k - 1], over(k = 3), i = 3, count_all = 1) * y", "[6]", "[3]", NULL, false)
ROW("window_mean backwards", "window_mean(x[5 - i - 2*k], over(k = 3), i = 6) * y", "[6]", "[6]",
    NULL, false)
ROW("window of a diagonal",
    "window_max(x[i + k, i], over(k = 2), i = 3) * window_mean(x[i, i + k], "
    "over(k = 2), i = 3) * y",
    "[4, 4]", "[3]", NULL, false)
ROW("transpose", "transpose(x) * y", "[2, 3]", "[3, 2]", NULL, false)
ROW("transpose of three axes", "transpose(x, [2, 0, 1])", "[2, 3, 4]", NULL, NULL, false)
ROW("reshape", "reshape(x, [3, 4]) * reshape(x, [3, 4])", "[2, 6]", NULL, NULL, false)
ROW("reshape to a vector", "reshape(x, [6]) * y", "[2, 3]", "[6]", NULL, false)
ROW("concat", "concat(x, y, x)", "[2]", "[3]", NULL, false)
ROW("concat along axis 1", "concat(x, y, axis = 1) * 2", "[2, 3]", "[2, 1]", NULL, false)
ROW("slice", "x[1:3] * x[0:2]", "[4]", NULL, NULL, false)
ROW("slice of three axes", "x[1, :, 1:3] * x[0, :, 2:4]", "[2, 3, 4]", NULL, NULL, false)
ROW("index from the end", "x[-1] * x[:-1]", "[4]", NULL, NULL, false)
ROW("expand", "expand(x, [2, 3]) * y", "[3]", "[2, 3]", NULL, false)
ROW("list as a vector", "x * [0.5, -2, 3] + where([1, 0, 1], y, 1 - [1, 2, 3] / 4)", "[3]", "[3]",
    NULL, false)
ROW("list of equal numbers", "x * [2, 2, 2] + sum([1, 2]) * max([3], axis = 0)", "[3]", NULL, NULL,
    false)
ROW("batch_mean", "x - batch_mean(x * y)", "[3]", "[3]", NULL, false)
ROW("detach", "x * y + detach(z)", "[3]", "[3]", "[3]", false)
ROW("dropout", "dropout(x, 0.4) * y", "[7]", "[7]", NULL, false)
ROW("noise", "noise(x, 0.3) * y", "[2, 3]", "[3]", NULL, false)
ROW("flip", "flip(x) * y", "[2, 3]", "[2, 3]", NULL, false)
ROW("shift", "shift(x, 1) * y", "[2, 3, 4]", "[3, 4]", NULL, false)
ROW("contract of one value", "contract(x[i, 2 - j], i = 2, j = 4) * y", "[2, 3]", "[4]", NULL,
    false)
ROW("batch_norm", "batch_norm(x * random_normal([3]) + random_normal([3])) * y", "[3]", "[3]", NULL,
    false)
ROW("batch_norm of an image",
    "batch_norm(x * random_normal([2, 2, 3]) + random_normal([2, 2, 3])) * y", "[2, 2, 3]",
    "[2, 3]", NULL, false)
ROW("layer_norm", "layer_norm(x) * y", "[2, 4]", "[4]", NULL, false)
ROW("rms_norm", "rms_norm(x) * y", "[2, 4]", "[4]", NULL, false)
ROW("random_uniform", "x * random_uniform([3])", "[3]", NULL, NULL, false)
ROW("random_normal", "x * random_normal([3])", "[3]", NULL, NULL, false)
ROW("step", "step(x) * y + x", "[5]", "[5]", NULL, false)
ROW("arctan", "arctan(x) * y", "[2, 3]", "[3]", NULL, false)
ROW("leaky_relu", "leaky_relu(x) * leaky_relu(y, 0.3)", "[2, 3]", "[3]", NULL, false)
ROW("prelu", "prelu(x) * prelu(y, shape(y), 0.4)", "[2, 3]", "[3]", NULL, false)
ROW("elu", "elu(x) * elu(y, 0.7)", "[2, 3]", "[3]", NULL, false)
ROW("selu", "selu(x) * y", "[2, 3]", "[3]", NULL, false)
ROW("celu", "celu(x) * celu(y, 0.6)", "[2, 3]", "[3]", NULL, false)
ROW("softplus", "softplus(x) * softplus(y, 2)", "[2, 3]", "[3]", NULL, false)
ROW("softsign", "softsign(x) * y", "[2, 3]", "[3]", NULL, false)
ROW("gelu", "gelu(x) * y", "[2, 3]", "[3]", NULL, false)
ROW("gelu_tanh", "gelu_tanh(x) * y", "[2, 3]", "[3]", NULL, false)
ROW("swish", "swish(x) * swish(y, 1.4)", "[2, 3]", "[3]", NULL, false)
ROW("mish", "mish(x) * y", "[2, 3]", "[3]", NULL, false)
ROW("relu6", "relu6(4.1 * x) * y", "[2, 3]", "[3]", NULL, false)
ROW("hard_sigmoid", "hard_sigmoid(1.9 * x) * y", "[2, 3]", "[3]", NULL, false)
ROW("hard_tanh", "hard_tanh(x) * hard_tanh(y, -0.5, 2)", "[2, 3]", "[3]", NULL, false)
ROW("hard_swish", "hard_swish(1.9 * x) * y", "[2, 3]", "[3]", NULL, false)
ROW("log_sigmoid", "log_sigmoid(x) * y", "[2, 3]", "[3]", NULL, false)
ROW("log_softmax", "log_softmax(x) * y", "[2, 4]", "[4]", NULL, false)
ROW("hardmax", "hardmax(x) * x + hardmax(y)", "[2, 4]", "[4]", NULL, false)
ROW("maxout", "maxout(x, 2, 3, init = he) * y", "[4]", "[2]", NULL, false)
ROW("dense", "dense(x, 3)", "[4]", NULL, NULL, false)
ROW("linear", "linear(x, 3)", "[4]", NULL, NULL, false)
ROW("dense of zeros",
    "dense(x, 3, init = zeros) + dense(x, 3, init = he) + dense(x, 3, init = normal(0.3))", "[4]",
    NULL, NULL, false)
ROW("dense of other first values",
    "dense(x, 3, init = ones) + dense(x, 3, init = constant(0.2)) + dense(x, 3, init = uniform) + "
    "dense(x, 3, init = lecun) + dense(x, 3, init = lecun_uniform) + "
    "dense(x, 3, init = he_uniform) + dense(x, 3, init = xavier_uniform) + "
    "dense(x, 3, init = glorot) + dense(x, 3, init = glorot_uniform) + dense(x, 3, init = bengio) "
    "+ "
    "dense(x, 3, init = xavier_fan_in)",
    "[4]", NULL, NULL, false)
ROW("mean_squared_error", "mean_squared_error(x, y)", "[4]", "[4]", NULL, false)
ROW("half_squared_error", "half_squared_error(x, y)", "[2, 3]", "[2, 3]", NULL, false)
ROW("binary_cross_entropy", "binary_cross_entropy(0.2 * x, 0.25 * y)", "[4]", "[4]", NULL, true)
ROW("binary_cross_entropy of sigmoid", "binary_cross_entropy(sigmoid(x), 0.25 * y)", "[4]", "[4]",
    NULL, true)
ROW("cross_entropy", "cross_entropy(0.2 * x, y)", "[4]", "[4]", NULL, true)
ROW("cross_entropy of softmax", "cross_entropy(softmax(x), y)", "[4]", "[4]", NULL, true)
ROW("cross_entropy of classes with weights",
    "cross_entropy(0.2 * x, y, weights = [0.5, 2, 1, 3], smoothing = 0.1)", "[4]", "[4]", NULL,
    true)
ROW("cross_entropy_of_logits", "cross_entropy_of_logits(x, y)", "[4]", "[4]", NULL, true)
ROW("cross_entropy_of_logits with weights",
    "cross_entropy_of_logits(x, y, weights = [0.5, 2, 1, 3], smoothing = 0.1)", "[4]", "[4]", NULL,
    true)
ROW("negative_log_likelihood", "negative_log_likelihood(x, y, [1, 2, 3, 4])", "[4]", "[4]", NULL,
    false)
ROW("_smoothed", "_smoothed(x, 0.2) * y", "[4]", "[4]", NULL, false)
ROW("kl_divergence", "kl_divergence(0.2 * x, 0.2 * y)", "[4]", "[4]", NULL, true)
ROW("summed_squared_error", "summed_squared_error(x, y)", "[2, 3]", "[2, 3]", NULL, false)
ROW("absolute_error", "absolute_error(x, y)", "[4]", "[4]", NULL, false)
ROW("huber", "huber(x, y) + huber(x, y, delta = 3.3)", "[4]", "[4]", NULL, false)
ROW("log_cosh", "log_cosh(x, y) + _log_of_cosh(3 * x)[0]", "[4]", "[4]", NULL, false)
ROW("quantile", "quantile(x, y, q = 0.7)", "[4]", "[4]", NULL, false)
ROW("poisson", "0.2 * poisson(x, y)", "[4]", "[4]", NULL, true)
ROW("poisson_of_rate", "poisson_of_rate(x, y)", "[4]", "[4]", NULL, true)
ROW("binary_cross_entropy_of_logits", "binary_cross_entropy_of_logits(x, 0.25 * y)", "[4]", "[4]",
    NULL, true)
ROW("summed_binary_cross_entropy",
    "summed_binary_cross_entropy(0.2 * x, 0.25 * y) - _bernoulli_loss(0.2 * x, y)[1]", "[4]", "[4]",
    NULL, true)
ROW("summed_binary_cross_entropy_of_logits", "summed_binary_cross_entropy_of_logits(x, 0.25 * y)",
    "[4]", "[4]", NULL, true)
ROW("focal", "focal(0.2 * x, 0.25 * y, gamma = 1.5)", "[4]", "[4]", NULL, true)
ROW("focal of sigmoid", "focal(sigmoid(x), 0.25 * y)", "[4]", "[4]", NULL, true)
ROW("hinge", "hinge(x, y)", "[4]", "[4]", NULL, false)
ROW("squared_hinge", "squared_hinge(x, y)", "[4]", "[4]", NULL, false)
ROW("perceptron", "perceptron(x, y)", "[4]", "[4]", NULL, false)
ROW("weighted", "weighted(mean((x - y)^2), z^2) + 0.1 * z", "[4]", "[4]", "[]", false)
ROW("weighted by 0", "weighted(mean((x - y)^2), 0 * z) + 0 * mean(x)", "[4]", "[4]", "[]", false)
ROW("distance", "distance(x, y)", "[4]", "[4]", NULL, false)
ROW("contrastive", "contrastive(x, y, z, margin = 5)", "[4]", "[4]", "[]", false)
ROW("pairwise", "pairwise(0.6 * x, 0.3 * y) + pairwise(x[0], y[0], margin = 2.1)", "[4]", "[4]",
    NULL, true)
ROW("margin_ranking", "margin_ranking(x, y, z, margin = 0.5)", "[4]", "[4]", "[4]", false)
ROW("triplet", "triplet(x, y, z, margin = 0.5)", "[4]", "[4]", "[4]", false)
ROW("cosine_similarity", "cosine_similarity(x, y)", "[4]", "[4]", NULL, false)
ROW("cosine_embedding", "cosine_embedding(x, y, z)", "[4]", "[4]", "[]", false)
ROW("_sum_of_rows", "_sum_of_rows(x) * y", "[3, 2, 2]", "[3, 1, 1]", NULL, false)
MAP_ROW("constant", "constant(x) * y", false)
MAP_ROW("step_decay", "step_decay(x, every = 2, time = y)", true)
MAP_ROW("exponential_decay", "exponential_decay(x, y, time = z)", true)
MAP_ROW("inverse_time_decay", "inverse_time_decay(x, rate = y, time = z)", true)
MAP_ROW("_half_wave", "_half_wave(x, y, 0.3 * z)", false)
MAP_ROW("cosine", "cosine(x, over = 2, low = y, time = z)", true)
MAP_ROW("warm_up", "warm_up(x, over = 2, first = y, time = z)", true)
MAP_ROW("one_cycle", "one_cycle(x, over = 3, rise = 0.5, first = y, time = z)", true)
