# The words of the identifiers of C files. Out: "FILE WORD IDENTIFIER" for each word of each identifier that stands in code, not in
# a comment or a text. train_step, TRAIN_STEP and TrainStep have the words train and step.

FNR == 1 {
    in_comment = 0
}

# code_of(LINE): without comments and texts; a comment may go on in the next line.
function code_of(line,    code, end) {
    code = ""
    while (line != "") {
        if (in_comment) {
            end = index(line, "*/")
            in_comment = !end
            line = end ? substr(line, end + 2) : ""
        } else if (match(line, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\//)) {
            code = code substr(line, 1, RSTART - 1) " "
            in_comment = substr(line, RSTART, 2) == "/*"
            line = substr(line, RSTART, 2) == "//" ? "" : substr(line, RSTART + RLENGTH)
        } else {
            code = code line
            line = ""
        }
    }
    return code
}

{
    count = split(code_of($0), identifiers, /[^A-Za-z0-9_]+/)
    for (i = 1; i <= count; i++) {
        text = identifiers[i]
        while (match(text, /[a-z][A-Z]/))
            text = substr(text, 1, RSTART) "_" substr(text, RSTART + 1)
        word_count = split(tolower(text), words, /_+/)
        for (k = 1; k <= word_count; k++)
            if (words[k] ~ /^[a-z]/)
                print FILENAME, words[k], identifiers[i]
    }
}
