#autoload
# zsh completion of programs made by nngen: `compdef _nngen_net digits`.

local -a table reading weights training all
reading=(
    '--data[examples]:file:_files'
    '--columns[which columns feed what]:columns:'
    '--header[is the first line a header?]:answer:(yes no)'
    '--separator[of cells]:name:(comma semicolon tab bar blank)'
    '--decimal[of numbers]:name:(point comma)'
)
table=($reading)
reading+=(
    '--classes[labels of classes 0, 1, ..]:classes:'
    '--missing[where a cell holds no value]:what:(skip mean error)'
)
weights=(
    '*--map[what the weights file calls a tensor]:names:'
    '*--transpose[a matrix that the weights file has as in, out]:name:'
)
training=(
    '--test[examples to measure on]:file:_files'
    '--epochs[passes over the data]:number:'
    '--of[epochs in all]:number:'
    '--seed[of initial weights]:number:'
    '--load[go on from these weights]:file:_files'
    '--log[losses and metrics as CSV or JSON lines]:file:_files'
    '--quiet[print no line per epoch]'
)

case ${words[2]} in
train) all=($reading $weights $training '--save[write the weights]:file:_files'
    '--save-every[write them after so many epochs, seconds or minutes]:number:' '--keep[so many that were replaced]:number:'
    '--report[print all metrics]'
    '--watch[print sizes of parameters and gradients]') ;;
sweep) all=($reading $weights $training ':setting:' ':values:') ;;
predict) all=($reading $weights '--weights[saved by train]:file:_files' '--out[write there]:file:_files') ;;
test) all=($reading $weights '--weights[saved by train]:file:_files' '--report[print all metrics]') ;;
check) all=($reading $weights '--weights[saved by train]:file:_files' '--seed[of initial weights]:number:') ;;
split) all=($table '--parts[what each file gets of the rows]:numbers:' '--into[the files]:files:_files'
    '--seed[of what is drawn]:number:' '--force[replace files that are there]') ;;
info) all=($weights '--weights[saved by train]:file:_files' '--classes[labels of classes 0, 1, ..]:classes:') ;;
esac
_arguments ':command:(train predict test check sweep split info)' '--help[print the options]' $all
