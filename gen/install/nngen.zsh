#compdef nngen
# zsh completion of nngen. That of programs made by it is _nngen_net: `compdef _nngen_net digits`.

_nngen_definitions() {
    local -a names
    names=(${(f)"$(nngen --list 2>/dev/null |
        sed -n 's/^  \(def\|optimizer\|initializer\|regularizer\|metric\) \([a-z0-9_]*\).*/\2/p')"})
    _describe definition names
}

_arguments \
    '-o[write C there, its header beside it]:file:_files' \
    '--target=[what the C is for]:target:(c99 generic x86-64-v3 x86-64-v4 aarch64 native any)' \
    '--unroll=[how far loops are written out]:how:(auto full tile none)' \
    '--precision=[the type of all real numbers]:type:(float double)' \
    '--exact[divide and take roots as IEEE 754 says]' \
    '--plans=[how kernels run, as --dump=schedule prints it]:file:_files' \
    '-MD[write a depfile]' \
    '-MF[the name of the depfile]:file:_files' \
    '--versions=[those that --target=any writes]:list:' \
    '*-MT[the target of the depfile]:target:' \
    '-MP[add an empty rule for each file read]' \
    '--dump=[print what a stage leaves]:stage:(parse check grad update fold fuse layout schedule lower place emit)' \
    '--emit=[write nn.h, the runtime in one file]:what:(runtime)' \
    '--list=[print the definitions of a family]:family:(activations augmentation elementary initializers layers losses metrics normalization optimizers regularizers schedules)' \
    '--show=[print the text of a definition]:name:_nngen_definitions' \
    '--color=[colors of messages]:when:(auto always never)' \
    '--diagnostics=[the form of messages]:form:(text json sarif)' \
    '--version[print version, targets and a hash of the prelude]' \
    '--help[print the options]' \
    '*:model:_files -g "*.def"'
