# bash completion of nngen, and of programs made by it: `complete -F _nngen_net digits` once this file was read.

_nngen_words() {
    COMPREPLY=()
    local word
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen -W "$1" -- "$2")
}

# Files of an option whose argument is one, and nothing else.
_nngen_files() {
    compopt -o filenames 2>/dev/null
    COMPREPLY=()
    local word
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen -f -- "$1")
}

_nngen() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    [[ $current == "=" ]] && current=
    [[ $before == "=" ]] && before=${COMP_WORDS[COMP_CWORD - 2]}
    case $before in
    -o | -MF | --plans) _nngen_files "$current" ;;
    -MT | --versions) COMPREPLY=() ;;
    --target) _nngen_words "c99 generic x86-64-v3 x86-64-v4 aarch64 native any" "$current" ;;
    --unroll) _nngen_words "auto full tile none" "$current" ;;
    --precision) _nngen_words "float double" "$current" ;;
    --dump) _nngen_words "parse check grad update fold fuse layout schedule lower place emit" "$current" ;;
    --emit) _nngen_words "runtime" "$current" ;;
    --color) _nngen_words "auto always never" "$current" ;;
    --diagnostics) _nngen_words "text json sarif" "$current" ;;
    --list) _nngen_words "activations augmentation elementary initializers layers losses metrics normalization optimizers
        regularizers schedules" "$current" ;;
    --show) _nngen_words "$(nngen --list 2>/dev/null |
        sed -n 's/^  \(def\|optimizer\|initializer\|regularizer\|metric\) \([a-z0-9_]*\).*/\2/p')" "$current" ;;
    *)
        if [[ $current == -* ]]; then
            _nngen_words "-o --target --versions --unroll --precision --exact --plans -MD -MF -MT -MP --dump --emit --list --show --color --diagnostics --version --help" "$current"
        else
            _nngen_files "$current"
        fi
        ;;
    esac
}

_nngen_net() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    if ((COMP_CWORD == 1)); then
        _nngen_words "train predict test check sweep split info --help" "$current"
        return
    fi
    case $before in
    --header) _nngen_words "yes no" "$current" ;;
    --separator) _nngen_words "comma semicolon tab bar blank" "$current" ;;
    --decimal) _nngen_words "point comma" "$current" ;;
    --missing) _nngen_words "skip mean error" "$current" ;;
    --data | --test | --save | --load | --log | --weights | --out | --into) _nngen_files "$current" ;;
    --classes | --columns | --epochs | --of | --seed | --save-every | --keep | --map | --transpose | --parts) COMPREPLY=() ;;
    *)
        local all="--data --classes --columns --header --separator --decimal --missing --map --transpose --help"
        case ${COMP_WORDS[1]} in
        train) all="$all --test --epochs --of --seed --save --save-every --keep --load --log --report --watch --quiet" ;;
        sweep) all="$all --test --epochs --of --seed --load --log --quiet" ;;
        predict) all="$all --weights --out" ;;
        test) all="$all --weights --report" ;;
        check) all="$all --weights --seed" ;;
        split) all="--data --columns --header --separator --decimal --seed --parts --into --force --help" ;;
        info) all="--classes --weights --map --transpose --help" ;;
        esac
        _nngen_words "$all" "$current"
        ;;
    esac
}

complete -F _nngen nngen
