/* The processors that code can be compiled for, one row each. A new processor is a new row here, and
   one in the generator (gen/target/machine.c), which has its name for --target and its costs. All
   other headers ask for features and name no processor.

   In: NN_TARGET, the name of a row, and NN_DOUBLE (0 or 1). Out: the names of the rows, and the
   features below. These are macros that follow NN_TARGET wherever they are used, so that a file can
   set NN_TARGET anew for its next processor.

     NN_VECTOR_BYTES    size of the widest vector; 0: strict ISO C, one number at a time. Narrower
                        vectors, down to 16 bytes, are used as well
     NN_HAS_FMA         a * b + c in one instruction, rounded once
     NN_HAS_MASKS       load, store and choose with a condition per lane (AVX and later)
     NN_HAS_BIT_MASKS   conditions are one bit per lane, in registers of their own (AVX-512)
     NN_HAS_EXPONENTS   instructions that split a number into mantissa and exponent and scale by a
                        power of 2 (AVX-512)
     NN_HAS_TABLES      float: look-up in a table of 32 numbers in two registers (AVX-512)
     NN_HAS_ESTIMATES   float: estimate of 1 / sqrt(x) with 14 bits (AVX-512)
     NN_INSTRUCTIONS    which instruction set the compiler must allow: a constant NN_NEEDS_..
     NN_OPTIONS         the same in the words of gcc's and clang's attribute `target`; "" where
                        the compiler allows it without being asked

   Further, NN_LANES: numbers in the widest vector; NN_HAS_SSE2, NN_HAS_NEON: which intrinsics
   vectors are written with; neither: the compiler's vector types alone. */

#ifndef NN_TARGETS_H
#define NN_TARGETS_H

#define NN_C99 1
#define NN_GENERIC 2
#define NN_X86_64_V3 3
#define NN_X86_64_V4 4
#define NN_AARCH64 5
#define NN_TARGET_COUNT 5

#define NN_NEEDS_NOTHING 0
#define NN_NEEDS_AVX2 1
#define NN_NEEDS_AVX512 2
#define NN_NEEDS_NEON 3

/* NN_ROW_<number of the target>; the columns in the order of the list above. */
#define NN_ROW_1(COLUMN) COLUMN(0, 0, 0, 0, 0, 0, 0, NN_NEEDS_NOTHING, "")
#define NN_ROW_2(COLUMN) COLUMN(16, 0, 0, 0, 0, 0, 0, NN_NEEDS_NOTHING, "")
#define NN_ROW_3(COLUMN) COLUMN(32, 1, 1, 0, 0, 0, 0, NN_NEEDS_AVX2, "avx2,fma")
#define NN_ROW_4(COLUMN)                                                                           \
    COLUMN(64, 1, 1, 1, 1, 1, 1, NN_NEEDS_AVX512, "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")
#define NN_ROW_5(COLUMN) COLUMN(16, 1, 0, 0, 0, 0, 0, NN_NEEDS_NEON, "")

#define NN_ROW_NUMBER(number) NN_ROW_##number
#define NN_ROW_OF(target) NN_ROW_NUMBER(target)
#define NN_FEATURE(column) NN_ROW_OF(NN_TARGET)(column)

#define NN_COLUMN_1(a, b, c, d, e, f, g, h, i) a
#define NN_COLUMN_2(a, b, c, d, e, f, g, h, i) b
#define NN_COLUMN_3(a, b, c, d, e, f, g, h, i) c
#define NN_COLUMN_4(a, b, c, d, e, f, g, h, i) d
#define NN_COLUMN_5(a, b, c, d, e, f, g, h, i) e
#define NN_COLUMN_6(a, b, c, d, e, f, g, h, i) f
#define NN_COLUMN_7(a, b, c, d, e, f, g, h, i) g
#define NN_COLUMN_8(a, b, c, d, e, f, g, h, i) h
#define NN_COLUMN_9(a, b, c, d, e, f, g, h, i) i

#define NN_VECTOR_BYTES NN_FEATURE(NN_COLUMN_1)
#define NN_HAS_FMA NN_FEATURE(NN_COLUMN_2)
#define NN_HAS_MASKS NN_FEATURE(NN_COLUMN_3)
#define NN_HAS_BIT_MASKS NN_FEATURE(NN_COLUMN_4)
#define NN_HAS_EXPONENTS NN_FEATURE(NN_COLUMN_5)
#define NN_HAS_TABLES NN_FEATURE(NN_COLUMN_6)
#define NN_HAS_ESTIMATES NN_FEATURE(NN_COLUMN_7)
#define NN_INSTRUCTIONS NN_FEATURE(NN_COLUMN_8)
#define NN_OPTIONS NN_FEATURE(NN_COLUMN_9)

#define NN_LANES (NN_VECTOR_BYTES ? NN_VECTOR_BYTES / (NN_DOUBLE ? 8 : 4) : 1)

/* Whether there is anything in NN_OPTIONS. */
#define NN_NEEDS_OPTIONS (NN_INSTRUCTIONS == NN_NEEDS_AVX2 || NN_INSTRUCTIONS == NN_NEEDS_AVX512)

/* A row that needs nothing takes the vectors that the compiler has anyway. */
#ifdef __SSE2__
#define NN_HAS_SSE2 (NN_INSTRUCTIONS != NN_NEEDS_NEON)
#else
#define NN_HAS_SSE2 NN_NEEDS_OPTIONS
#endif
#ifdef __aarch64__
#define NN_HAS_NEON (!NN_HAS_SSE2)
#else
#define NN_HAS_NEON 0
#endif

#endif
