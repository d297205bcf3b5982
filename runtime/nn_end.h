/* Ends what nn_simd.h began: the last line of emitted code includes this, so that gcc compiles
   whatever follows in the same translation unit with the options of its command line. */

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
