/* Ends what nn_begin.h began: the last line of emitted code includes this. What follows in the same
   file is compiled with the options of the command line, and may begin code for another processor.

   In: what nn_begin.h left. Out: NN_DOUBLE, NN_TARGET, NN_ESTIMATES and NN_SUFFIX are undefined. */

#ifdef NN_BEGUN

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(__clang__) && defined(NN_SUFFIX) && NN_NEEDS_OPTIONS
#pragma clang attribute nngen.pop
#endif

/* From here on the usual names are those of a part without NN_SUFFIX. */
#undef NN_BOUND
#define NN_BOUND

#undef NN_DOUBLE
#undef NN_TARGET
#undef NN_ESTIMATES
#undef NN_SUFFIX
#undef NN_BEGUN

#endif
