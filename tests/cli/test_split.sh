# `split` makes files for training, validation and test of one table: rows as they are, every class alike, the same for a seed.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

cat >flowers.def <<'MODEL'
network flowers
input  x[2] standard
target kind[3] onehot
p = softmax(dense(x, 3))
loss   cross_entropy(p, kind)
update adam(0.01)
batch  16
metric accuracy(p, kind)
MODEL
program flowers

# 140 rows, of 60, 50 and 30, with a blank line, a cell over two lines, blanks, CR LF, and no end of the last line.
awk 'BEGIN { srand(3); printf "\357\273\277a,b,note,kind\r\n"
    for (i = 0; i < 140; i++) { if (i == 30) printf "\r\n \t"
        printf "%s%.3f, %.3f,%s,%s", i ? "\r\n" : "", rand(), rand(), i == 12 ? "\"two\r\nlines\"" : "n" i, i < 60 ? "rose" : i < 110 ? "aster" : "\"lily, white\"" }
    }' >all.csv
runs 0 flowers split --data all.csv --parts 0.7,0.15,0.15 --columns x=a:b,kind=kind
cat >table <<'OUT'
all.train.csv   98 rows: aster 35, lily, white 21, rose 42
all.valid.csv   21 rows: aster 8, lily, white 4, rose 9
all.test.csv    21 rows: aster 7, lily, white 5, rose 9
OUT
diff table out || fail "the table of parts"
has err "all.csv: note: read as comma-separated"

# Byte for byte: header and rows of all parts are those of the table, in its order; each part begins with the header.
joined() {
    sed '/"two/{N;s/\n/\\/;}' "$1"
}
joined all.csv >whole
grep -v '^[[:space:]]*$' whole | sed '$s/$/\r/' | sort >wanted
for part in train valid test; do
    joined all.$part.csv >part
    head -n 1 part | cmp - "$work/whole" 2>&1 | grep -q EOF || fail "the header of $part"
    sed 1d part | sed 's/^[^,]*,[^,]*,\("two[^"]*"\|n\([0-9]*\)\),.*/\2/; s/^$/12/' | sort -n -c - || fail "the order of $part"
done
(head -n 1 whole && for part in train valid test; do joined all.$part.csv | sed 1d; done) | sort | diff wanted - || fail "rows are not as they were"
rm whole part

# They train and test.
runs 0 flowers train --data all.train.csv --test all.valid.csv --epochs 2 --columns x=a:b,kind=kind --save w
runs 0 flowers test --data all.test.csv --weights w
rm w

# The same again changes nothing; another seed draws others, and is refused, or is asked to replace.
for part in train valid test; do cp all.$part.csv first.$part; done
runs 0 flowers split --data all.csv --parts 0.7,0.15,0.15 --columns x=a:b,kind=kind
runs 2 flowers split --data all.csv --parts 0.7,0.15,0.15 --columns x=a:b,kind=kind --seed 2
has err "all.train.csv: error: this file is there already"
has err "hint: --force replaces it, --into gives other names"
for part in train valid test; do cmp first.$part all.$part.csv || fail "$part is another"; done
runs 0 flowers split --data all.csv --parts 0.7,0.15,0.15 --columns x=a:b,kind=kind --seed 2 --force
diff table out || fail "the table of parts, seed 2"
for part in train valid test; do ! cmp -s first.$part all.$part.csv || fail "$part is the same for another seed"; done
runs 0 flowers split --data all.csv --parts 0.7,0.15,0.15 --columns x=a:b,kind=kind --force
for part in train valid test; do cmp first.$part all.$part.csv || fail "$part is not what it was for this seed"; done
rm all.* first.*

# Without a header, gzipped, other names, LF and a last line without an end, which gets one in the middle of no file.
awk 'BEGIN { for (i = 0; i < 10; i++) printf "%s%d,%d,%d", i ? "\n" : "", i, i * i, i % 2 }' | gzip >plain.csv.gz
runs 0 flowers split --data plain.csv.gz --parts 0.5,0.5 --into one,two
[ "$(sort -n one two | tr '\n' ' ')" = "0,0,0 1,1,1 2,4,0 3,9,1 4,16,0 5,25,1 6,36,0 7,49,1 8,64,0 9,81,1 " ] || fail "rows of a plain table"
[ "$(cat one two | wc -l)" = 10 ] && [ "$(wc -l <one)" = 5 ] || fail "lines of a plain table"
runs 0 flowers split --data plain.csv.gz --parts 0.8,0.2
[ "$(wc -l <plain.train.csv)" = 8 ] && [ "$(wc -l <plain.test.csv)" = 2 ] || fail "names of two parts"
rm one two plain.train.csv plain.test.csv

# What stands above the rows stands above those of every part: the line of a spreadsheet, a header as NumPy writes it.
printf 'sep=;\na;b;kind\n1;2;0\n2;3;1\n3;4;0\n4;5;1\n' >sheet.csv
runs 0 flowers split --data sheet.csv --parts 0.5,0.5 --into one,two
[ "$(head -n 2 one | tr '\n' ' ')$(head -n 2 two | tr '\n' ' ')" = "sep=; a;b;kind sep=; a;b;kind " ] && [ "$(cat one two | wc -l)" = 8 ] || fail "sep="
printf '# a b kind\n1 2 0\n2 3 1\n3 4 0\n4 5 1\n' >numpy.txt
runs 0 flowers split --data numpy.txt --parts 0.5,0.5
[ "$(head -qn 1 numpy.train.txt numpy.test.txt | tr '\n' ' ')" = "# a b kind # a b kind " ] || fail "a header of NumPy"
rm one two sheet.csv numpy.*

# A class of one row goes to the first part. Targets of one number are classes where they are two.
awk 'BEGIN { for (i = 0; i < 20; i++) print i "," i "," (i == 7 ? 2 : i % 2) }' >rare.csv
runs 0 flowers split --data rare.csv --parts 0.2,0.8 --into few,many
grep -q '^7,7,2$' few || fail "a class that training does not see"
sed 's/kind\[3\] onehot/kind/; s/softmax(dense(x, 3))/sigmoid(sum(dense(x, 1)))/; s/cross_entropy/binary_cross_entropy/; /metric/d; s/network flowers/network bits/' flowers.def >bits.def
program bits
awk 'BEGIN { print "x.0,x.1,kind"; for (i = 0; i < 40; i++) print i "," i "," (i < 10) }' >bits.csv
runs 0 bits split --data bits.csv --parts 0.5,0.3,0.2 --into a,b,c
printf 'a  20 rows: 0 15, 1 5\nb  12 rows: 0 9, 1 3\nc   8 rows: 0 6, 1 2\n' | diff - out || fail "two classes as numbers"
awk 'BEGIN { print "x.0,x.1,kind"; for (i = 0; i < 40; i++) print i "," i "," i / 40 }' >numbers.csv
runs 0 bits split --data numbers.csv --parts 0.5,0.5 --into d,e
printf 'd  20 rows\ne  20 rows\n' | diff - out || fail "targets that are no classes"
rm -f a b c d e few many

# Bad use, and what cannot be.
refused() {
    code=$1 text=$2
    shift 2
    runs "$code" flowers split "$@"
    has err "$text"
}
refused 2 "split needs --parts A,B,.." --data rare.csv
refused 2 "split needs --data FILE" --parts 0.5,0.5
refused 2 "'0.5,0.4' sum to 0.9, not to 1" --data rare.csv --parts 0.5,0.4
refused 2 "hint: 30 of 100 is 0.3" --data rare.csv --parts 70,30
refused 2 "'x' is no part" --data rare.csv --parts 0.5,x
refused 2 "'-0.5' is no part" --data rare.csv --parts 1.5,-0.5
refused 2 "'' is no part" --data rare.csv --parts 1,
refused 2 "more than 16 parts" --data rare.csv --parts 0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.01,0.01,0.01,0.01,0.01,0.01,0.01,0.03
refused 2 "4 need --into with their names" --data rare.csv --parts 0.25,0.25,0.25,0.25
refused 2 "--into names 1 file, --parts makes 2" --data rare.csv --parts 0.5,0.5 --into a
refused 2 "--into: a file has a name" --data rare.csv --parts 0.5,0.5 --into a,
refused 2 "what --data reads as well" --data rare.csv --parts 0.5,0.5 --into a,./rare.csv
refused 2 "another part as well" --data rare.csv --parts 0.5,0.5 --into a,a
refused 2 "a name without .gz" --data rare.csv --parts 0.5,0.5 --into a.gz,b
refused 2 "it takes a file, no pipe" --data - --parts 0.5,0.5
refused 2 "takes no option '--epochs'" --data rare.csv --parts 0.5,0.5 --epochs 3
refused 1 "20 rows, of which a part of 0.001 would get none" --data rare.csv --parts 0.999,0.001
printf '1,2,0\n3,1,1\n5,2\n' >short.csv
refused 1 "short.csv:3: error: 2 columns, the lines before have 3" --data short.csv --parts 0.5,0.5
printf 'x.0,x.1,kind\n' >empty.csv
refused 1 "there is a header and no data" --data empty.csv --parts 0.5,0.5
refused 3 "none.csv: error: cannot open" --data none.csv --parts 0.5,0.5
refused 3 "none/a: error: cannot write" --data rare.csv --parts 0.5,0.5 --into none/a,b
awk 'BEGIN { for (i = 0; i < 50; i++) print i "," i "," i }' >names.csv
refused 1 "names.csv:20: error: 'kind' has 3 classes, and '19' is label number 20 in its column" --data names.csv --parts 0.5,0.5
rm names.csv
touch a.csv
chmod a-w a.csv
refused 3 "a.csv: error: cannot write" --data rare.csv --parts 0.5,0.5 --into a.csv,b.csv --force
lists a.csv bits bits.c bits.csv bits.def bits.h empty.csv flowers flowers.c flowers.def flowers.h numbers.csv plain.csv.gz rare.csv \
    short.csv table wanted
