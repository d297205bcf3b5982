/* The runtime: what emitted C includes. `nngen --emit=runtime -o nn.h` writes this file with all
   that it includes in it, to be copied beside net.c and net.h.

   In: from net.c NN_DOUBLE, NN_TARGET and, if wanted, NN_ESTIMATES and NN_SUFFIX (see nn_begin.h),
   NN_USES_RANDOM and NN_MAIN; NN_CHOOSES, once, where it has versions for several processors; or
   NN_END, at the end of net.c or of a part of it; from others nothing. Out: NN_VERSION,
   which net.c compares with its own; the description of a net, and for net.c the functions that its
   code is made of, up to NN_END. */

#define NN_VERSION 200 /* of nngen 0.2.0 */

#include "nn_network.h"

#ifdef NN_END
#undef NN_END
#undef NN_USES_RANDOM
#include "nn_end.h"
#elif defined(NN_TARGET)
#ifdef NN_MAIN
/* The command line of nets, of libnngen: runs it and returns the exit code. It
   is for no processor, so it stands before what begins a part. */
int nn_main(const nn_network *network, int argc, char **argv);
#endif
#if defined(NN_SUFFIX) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* what stands above may have the name of a local */
#endif
#include "nn_targets.h"
#ifdef NN_CHOOSES
#include "nn_versions.h"
#endif
#include "nn_math.h"
#ifdef NN_USES_RANDOM
#include "nn_random.h"
#endif
#include "nn_tensors.h"
#if defined(NN_SUFFIX) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#endif
