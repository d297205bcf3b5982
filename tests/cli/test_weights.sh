# Weights of other programs in a compiled net: the numbers of the same formula, what is refused, and what training makes of
# what the file leaves out. The files are what PyTorch and Keras leave in safetensors form, byte by byte.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

cat >net.def <<'MODEL'
network net
input  x[2] standard
target y[1] standard
fc1 = dense(x, 3)
n   = batch_norm(fc1)
fc2 = dense(tanh(n), 1)
loss   mean_squared_error(fc2, y)
update adam(0.01)
batch  4
MODEL
sed '/^loss/d; /^update/d; /^batch/d' net.def >only.def
echo 'output fc2 as y' >>only.def

# word VALUE: $bytes is the float's, low byte first, as printf takes them.
word() {
    case $1 in
        0) bytes='\000\000\000\000' ;; 0.25) bytes='\000\000\200\076' ;; 0.5) bytes='\000\000\000\077' ;;
        1) bytes='\000\000\200\077' ;; 2) bytes='\000\000\000\100' ;; 4) bytes='\000\000\200\100' ;;
        -0.5) bytes='\000\000\000\277' ;; -1) bytes='\000\000\200\277' ;; *) fail "no bytes of $1" ;;
    esac
}

# tensors FILE [NAME SHAPE VALUES]...: a safetensors file.
tensors() {
    file=$1 header= data= at=0
    shift
    while [ $# -gt 0 ]; do
        begin=$at
        for value in $3; do
            word "$value"
            data=$data$bytes
            at=$((at + 4))
        done
        header="$header${header:+,}\"$1\":{\"dtype\":\"F32\",\"shape\":$2,\"data_offsets\":[$begin,$at]}"
        shift 3
    done
    header="{$header}"
    printf "$(printf '\\%03o\\%03o' $((${#header} % 256)) $((${#header} / 256)))"'\000\000\000\000\000\000' >"$file"
    printf '%s' "$header" >>"$file"
    printf "$data" >>"$file"
}

program net --target=c99 --unroll=none
program only --target=c99 --unroll=none

set -- n.gamma '[3]' '1 0.5 2' n.beta '[3]' '0 0 1' n.running_mean '[3]' '0.25 0 -1' n.running_variance '[3]' '1 4 0.25' \
    fc2.weight '[1,3]' '1 -1 0.5' fc2.bias '[1]' '0.5'
tensors bare fc1.weight '[3,2]' '1 0 0 1 0.5 -0.5' fc1.bias '[3]' '0 0.25 0' "$@"
tensors keras fc1.weight '[2,3]' '1 0 0.5 0 1 -0.5' fc1.bias '[3]' '0 0.25 0' "$@"
set -- x.low '[2]' '2 0.5' x.scale '[2]' '0.5 2' y.low '[1]' '4' y.scale '[1]' '0.25'
tensors whole fc1.weight '[3,2]' '1 0 0 1 0.5 -0.5' fc1.bias '[3]' '0 0.25 0' n.gamma '[3]' '1 0.5 2' n.beta '[3]' '0 0 1' \
    n.running_mean '[3]' '0.25 0 -1' n.running_variance '[3]' '1 4 0.25' fc2.weight '[1,3]' '1 -1 0.5' fc2.bias '[1]' '0.5' "$@"
tensors sequential 0.weight '[3,2]' '1 0 0 1 0.5 -0.5' 0.bias '[3]' '0 0.25 0' 1.weight '[3]' '1 0.5 2' 1.bias '[3]' '0 0 1' \
    1.running_mean '[3]' '0.25 0 -1' 1.running_var '[3]' '1 4 0.25' 1.num_batches_tracked '[2]' '0 0' \
    3.weight '[1,3]' '1 -1 0.5' 3.bias '[1]' '0.5' "$@"
printf '2,1\n4,0.5\n-3,0.25\n' >x.csv
printf '2000,0.1,20\n4000,0.2,40\n6000,0.4,60\n3000,0.1,30\n' >rows.csv

# outputs_are FILE: from Python, 4 + 4 (0.5 + fc2.weight . tanh(normalized fc1.weight (x - low) scale + fc1.bias)).
outputs_are() {
    awk 'BEGIN { split("5.79960127 10.29090886 3.80542498", wanted) } NR > 1 { off = $1 - wanted[NR - 1]; if (off * off > 1e-8) bad = 1 }
        END { exit bad || NR != 4 }' "$1" || fail "outputs are $(cat "$1")"
}
map=0.weight=fc1.weight,0.bias=fc1.bias,1.weight=n.gamma,1.bias=n.beta,1.running_mean=n.running_mean
for program in net only; do
    runs 0 $program predict --weights whole --data x.csv
    outputs_are out
    runs 0 $program predict --weights sequential --data x.csv --map "$map,1.running_var=n.running_variance" \
        --map 3.weight=fc2.weight --map 3.bias=fc2.bias
    outputs_are out
    has err "not used, as running statistics here count no batches: '1.num_batches_tracked'"
    runs 1 $program predict --weights sequential --data x.csv
    has err "error: 'fc1.weight' is missing"
    has err "hint: the file has '0.weight' of that shape: --map 0.weight=fc1.weight takes it"
    runs 1 $program predict --weights keras --data x.csv
    has err "'fc1.weight' has shape [2, 3] there, [3, 2] here"
    runs 1 $program predict --weights keras --data x.csv --transpose fc1.weight
    has err "error: the file has no scaling, without which every output would be wrong: 'x.low', 'x.scale', 'y.low', 'y.scale'"
done

# Training fits what is absent, of inputs and targets, and says so; so does check. The rows' mean is 3750 and 0.2, 37.5.
for how in 'train --load bare --epochs 2 --save tuned' 'check --weights keras --transpose fc1.weight'; do
    runs 0 net $how --data rows.csv
    has err "note: the file has no scaling 'x.low', 'x.scale', 'y.low', 'y.scale': it is fitted to the data"
    has err "note: the file has no optimizer state 'fc1.weight.m', 'fc1.weight.v', 'fc1.bias.m', 'fc1.bias.v' and 8 more: it begins"
done
runs 0 net predict --weights tuned --data rows.csv --out p.csv
grep -q '^tuned:' err && fail "a file of its own: $(cat err)"
awk 'NR > 1 && ($1 < 15 || $1 > 65) { bad = 1 } END { exit bad || NR != 5 }' p.csv || fail "outputs are $(cat p.csv)"

# The net that only predicts has the same outputs from the trained net's file, moments and all.
printf '2000,0.1\n4000,0.2\n6000,0.4\n3000,0.1\n' >columns.csv
runs 0 only predict --weights tuned --data columns.csv
cmp -s out p.csv || fail "the net that only predicts: $(cat out err)"
has err "note: not used, as the net has no such optimizer state: 'fc1.weight.m', 'fc1.weight.v', 'fc1.bias.m', 'fc1.bias.v' and 8 more"
