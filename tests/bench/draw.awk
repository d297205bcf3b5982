# Draws networks that nobody has tuned anything for: layers, widths, sizes of batches, activations, losses and optimizers.
#
#     awk -v count=30 -v folder=FOLDER -f draw.awk
#
# writes FOLDER/d01_WIDTHS.def and so on, the same for every awk: its own rand() is not.

# 0 .. n - 1, by the generator of Park and Miller, whose products a double holds exactly.
function below(n) {
    state = state * 16807 % 2147483647
    return state % n
}

# One item of a list, as a card from a deck: each comes once before any comes again.
function draw(name,    i, item, items, n) {
    if (left[name] == 0) {
        n = left[name] = split(lists[name], items, ";")
        for (i = 1; i <= n; i++) deck[name, i] = items[i]
    }
    i = 1 + below(left[name])
    item = deck[name, i]
    deck[name, i] = deck[name, left[name]--]
    return item
}

# Half of the widths are small.
function width() {
    return 1 + below(below(2) ? 200 : 24)
}

function add(line) {
    text = text line "\n"
}

# A hidden layer of n values, here and there with dropout, normalisation or a way around it; h is the name of the value before.
function add_layer(l, n,    name) {
    name = "h" l
    add(name " = " draw("activation") "(dense(" h ", " n "))")
    if (n > 3 && below(6) == 0) add(name " = " name " + " draw("activation") "(dense(" name ", " n "))")
    if (n > 3 && below(6) == 0) add(name " = layer_norm(" name ")")
    if (below(6) == 0) add(name " = dropout(" name ", 0.2)")
    h = name
}

# The end of a net: its last activation and its loss, and whether the target is one class of n.
function add_end(n, way,    parts) {
    split(way, parts, " ")
    add("p = " (parts[1] == "identity" ? "dense(" h ", " n ")" : parts[1] "(dense(" h ", " n "))"))
    add("")
    add("loss   " parts[2] "(p, y)" (below(4) == 0 ? " + l2(1e-4)" : ""))
}

function draw_net(number,    batch, in_count, layers, out_count, l, n, name, way, widths) {
    text = ""
    h = "x"
    in_count = width()
    widths = in_count
    layers = below(8) == 0 ? 0 : 1 + below(3)
    for (l = 1; l <= layers; l++) {
        n = width()
        widths = widths "_" n
        add_layer(l, n)
    }
    way = draw("end")
    out_count = way ~ /onehot/ ? 1 + width() : width()
    add_end(out_count, way)
    batch = 1 + below(150)
    add("update " draw("optimizer"))
    add("batch  " (batch % 4 == 0 ? batch + 1 : batch))
    name = sprintf("d%02d_%s_%d", number, widths, out_count)
    printf "# A drawn net.\n\nnetwork %s\n\ninput  x[%d]\ntarget y[%d]%s\n\n%s", name, in_count, out_count,
        (way ~ /onehot/ ? " onehot" : ""), text >(folder "/" name ".def")
    close(folder "/" name ".def")
}

BEGIN {
    lists["activation"] = "relu;relu;tanh;sigmoid;leaky_relu;elu;selu;gelu;swish;mish;softplus;softsign;hard_swish"
    lists["end"] = "softmax cross_entropy onehot;softmax cross_entropy onehot;identity mean_squared_error;" \
        "identity cross_entropy_of_logits onehot;log_softmax negative_log_likelihood onehot;identity huber;" \
        "identity absolute_error;identity log_cosh;identity poisson;sigmoid binary_cross_entropy;" \
        "identity binary_cross_entropy_of_logits;tanh hinge"
    lists["optimizer"] = "sgd(0.01);sgd(0.01);momentum(0.01);nesterov(0.01);heavy_ball(0.01);adam(1e-3);adam(1e-3);adamw(1e-3);" \
        "amsgrad(1e-3);nadam(1e-3);radam(1e-3);adamax(1e-3);adagrad(0.01);adadelta(1);rmsprop(1e-3);lion(1e-4);" \
        "lamb(1e-3);clip_norm(adam(1e-3), 1)"
    state = 2026
    for (i = 1; i <= 20; i++) below(1)
    for (i = 1; i <= count; i++) draw_net(i)
}
