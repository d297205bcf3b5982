# Standard streams that are closed: what is printed fails as it should, and no file gets it in their place.
set -eu
. "$NNGEN_SOURCE/tests/cli/line.sh"

nngen 0 model.def -o net.c
cp net.c wanted
printf '1,2,3,4,5\n2,3,4,5,6\n3,4,5,6,7\n' >d.csv
program model
for streams in '<&-' '>&-' '2>&-' '>&- 2>&-' '<&- >&-' '<&- 2>&-' '<&- >&- 2>&-'; do
    rm -f net.c net.h
    sh -c "exec \"\$NNGEN_TOOL\" model.def -o net.c -MD $streams" || fail "nngen $streams: exit $?"
    cmp -s net.c wanted || fail "nngen $streams: another net.c"
    rm -f w l p
    code=0
    sh -c "exec ./model train --data d.csv --epochs 2 --save w --log l $streams" >out 2>err || code=$?
    case " $streams" in
    *' >&-'*) [ $code = 3 ] || fail "train $streams: exit $code" ;;
    *) [ $code = 0 ] || fail "train $streams: exit $code" ;;
    esac
    runs 0 model info --weights w
    head -n "$(wc -l <l)" l | sed '1s/^epoch,train_loss$//; s/^[12],[0-9.e-]*$//' | grep -q . && fail "the log, $streams: $(cat l)"
    code=0
    sh -c "exec ./model predict --data d.csv --weights w --out p $streams" >out 2>err || code=$?
    [ $code = 0 ] || [ ! -e p ] || fail "predict $streams: exit $code and a file"
    [ ! -e p ] || [ "$(grep -c '^[-0-9.e]*,[-0-9.e]*$' p)$(wc -l <p)" = 34 ] || fail "predictions, $streams: $(cat p)"
done
sh -c 'exec ./model train --data - --epochs 1 <&-' >out 2>err && fail "a closed standard input is read"
has err "<stdin>: error: cannot read: Bad file descriptor"
for streams in '>&-' '<&- >&- 2>&-'; do
    code=0
    sh -c "exec \"\$NNGEN_TOOL\" model.def -o - $streams" 2>err || code=$?
    [ $code = 3 ] || fail "nngen -o - $streams: exit $code"
done
