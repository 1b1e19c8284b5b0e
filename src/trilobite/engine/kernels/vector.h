/* The element type of a variant of the engine, its vector type, and what Cython cannot say of them.

   setup.py compiles the same generated C once per dtype and instruction set, and says which by
   -DREAL_BITS (32, 64), -DVECTOR_BYTES (width of a register) and -DTILE_ROWS (see products.pxd). */

#ifndef TRILOBITE_VECTOR_H
#define TRILOBITE_VECTOR_H

#if !defined(__GNUC__)
#error "trilobite needs a compiler with GCC's vector types: GCC 12 or newer, or Clang 18 or newer"
#endif

#ifdef __AVX2__
#include <immintrin.h>
#endif

#if REAL_BITS == 32
typedef float real;
typedef int integer;
typedef unsigned word;
enum { MANTISSA_BITS = 23, EXPONENT_BIAS = 127, EXP_TERMS = 7, LOG_TERMS = 5 };
#define LN2_HIGH 0.693359375f /* 9 significant bits: n * LN2_HIGH is exact */
#define LN2_LOW -2.12194440054690583e-4f
#define ROUNDING 12582912.0f /* 1.5 * 2^23: adding it rounds to an integer */
#else
typedef double real;
typedef long long integer;
typedef unsigned long long word;
enum { MANTISSA_BITS = 52, EXPONENT_BIAS = 1023, EXP_TERMS = 13, LOG_TERMS = 11 };
#define LN2_HIGH 0.693147180369123816490 /* 32 significant bits */
#define LN2_LOW 1.90821492927058770002e-10
#define ROUNDING 6755399441055744.0 /* 1.5 * 2^52 */
#endif

/* 1 / k! for k <= EXP_TERMS */
static const real ONE_OVER_FACTORIAL[] = {
    1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880,
    1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800,
};

typedef struct { unsigned short bits; } half; /* a float16 */

typedef real vec __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));
typedef integer ivec __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));
typedef word wvec __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));
typedef real unaligned_vec __attribute__((vector_size(VECTOR_BYTES), aligned(1), may_alias));

enum {
    LANES = VECTOR_BYTES / sizeof(real), /* elements of a vector */
    LOG2_LANES = LANES == 2 ? 1 : LANES == 4 ? 2 : LANES == 8 ? 3 : 4,
    VECTORS = 2,                         /* vectors in a row of a panel */
    PANEL = VECTORS * LANES,             /* columns of a panel */
    BLOCK = PANEL * PANEL
};

typedef struct { real w[BLOCK], b[PANEL]; } __attribute__((aligned(64))) Gradient;

#define INLINED __attribute__((always_inline))
#define APART __attribute__((noinline))
#define always static inline INLINED

always vec vector_at(const void *x) { return *(const unaligned_vec *)x; } /* at any address */
always vec splat(real a) { return a - (vec){0}; }
always vec lane_numbers(void) /* 0, 1, 2, ... */
{
    real numbers[LANES];
    for (int k = 0; k < LANES; k++) numbers[k] = k;
    return *(vec *)numbers;
}
always vec quotient(vec a, vec b) { return a / b; } /* where Cython would take a for a number */
always ivec less(vec a, vec b) { return (ivec)(a < b); }
always ivec equal(vec a, vec b) { return (ivec)(a == b); }
always vec where(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }
always vec absolute(vec a) { return (vec)((ivec)a & ~(ivec)splat(-0.0)); }
always vec square_root(vec a)
{
    real root[LANES]; /* an array: its loop becomes one instruction */
    for (int k = 0; k < LANES; k++) root[k] = REAL_BITS == 32 ? __builtin_sqrtf(a[k]) : __builtin_sqrt(a[k]);
    return *(vec *)root;
}
always vec copy_sign(vec size, vec sign)
{
    ivec bit = (ivec)splat(-0.0);
    return (vec)(((ivec)size & ~bit) | ((ivec)sign & bit));
}

/* 2^n, the integer n given as n + ROUNDING; neither subnormal nor infinite */
always vec power_of_two(vec n) { return (vec)((wvec)splat(1) + ((wvec)n << MANTISSA_BITS)); }

/* a = m * 2^n with m from sqrt(1/2) to sqrt(2), a normal and positive; returns m */
always vec split_power(vec a, vec *n)
{
    ivec least = (ivec)splat(0.70710678118654752440);
    ivec power = ((ivec)a - least) >> MANTISSA_BITS;
    *n = (vec)(power + (ivec)splat(ROUNDING)) - ROUNDING;
    return (vec)((wvec)a - ((wvec)power << MANTISSA_BITS));
}

#if VECTOR_BYTES * 8 / REAL_BITS == 2
#define ZIP(first) first, first + 2
#elif VECTOR_BYTES * 8 / REAL_BITS == 4
#define ZIP(first) first, first + 4, first + 1, first + 5
#elif VECTOR_BYTES * 8 / REAL_BITS == 8
#define ZIP(first) \
    first, first + 8, first + 1, first + 9, first + 2, first + 10, first + 3, first + 11
#else
#define ZIP(first) \
    first, first + 16, first + 1, first + 17, first + 2, first + 18, first + 3, first + 19, \
    first + 4, first + 20, first + 5, first + 21, first + 6, first + 22, first + 7, first + 23
#endif

/* a0 b0 a1 b1 ... of the lower, of the upper halves */
always vec zip_low(vec a, vec b) { return __builtin_shufflevector(a, b, ZIP(0)); }
always vec zip_high(vec a, vec b)
{
    return __builtin_shufflevector(a, b, ZIP(VECTOR_BYTES * 4 / REAL_BITS));
}

/* Zipping a vector with itself and adding the halves halves the number of different values, so
   log2(LANES) rounds leave the sum in every lane. */
always real sum_lanes(vec a)
{
    for (int k = 0; k < LOG2_LANES; k++) a = zip_low(a, a) + zip_high(a, a);
    return a[0];
}

/* LANES bytes. As a loop GCC widens them in quarters, through memory, which made rows of bytes slower
   than rows of floats. */
always vec vector_of_bytes(const unsigned char *x)
{
#if REAL_BITS == 32 && defined(__AVX512F__)
    return (vec)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)x)));
#elif REAL_BITS == 32 && defined(__AVX2__)
    return (vec)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)x)));
#else
    real converted[LANES];
    for (int k = 0; k < LANES; k++) converted[k] = x[k];
    return *(vec *)converted;
#endif
}

/* float16 to float: move the bits and put the exponent's bias right, all of it exact */
always float half_value(half value16)
{
    unsigned bits = value16.bits;
    unsigned exponent = bits & 0x7c00u, magnitude = (bits & 0x7fffu) << 13;
    union { unsigned u; float f; } value;
    if (exponent == 0) value.f = (bits & 0x3ffu) * 0x1p-24f; /* zero, subnormal */
    else value.u = magnitude + (exponent == 0x7c00u ? 0x70000000u : 0x38000000u);
    value.u |= (bits & 0x8000u) << 16;
    return value.f;
}

/* Ask for a cache line, to be in the second-level cache when it is read. */
always void prefetch(const void *line) { __builtin_prefetch(line, 0, 2); }

/* Random words, one for each column from `column` on: a Weyl sequence through a bijection that mixes
   its bits (MurmurHash3's finalizer for 32 bits, SplitMix64's for 64). */
always wvec random_words(word key, long column)
{
    wvec w;
    for (int k = 0; k < LANES; k++) w[k] = (word)(column + k);
#if REAL_BITS == 32
    w = key + w * 0x9E3779B9u;
    w = (w ^ (w >> 16)) * 0x85EBCA6Bu;
    w = (w ^ (w >> 13)) * 0xC2B2AE35u;
    return w ^ (w >> 16);
#else
    w = key + w * 0x9E3779B97F4A7C15u;
    w = (w ^ (w >> 30)) * 0xBF58476D1CE4E5B9u;
    w = (w ^ (w >> 27)) * 0x94D049BB133111EBu;
    return w ^ (w >> 31);
#endif
}

/* `scale` with probability 1 - rate, else 0, for the columns from `column` on. */
always vec keep_factors(word key, long column, double rate, real scale)
{
    if (rate >= 1) return splat(0);
    word least = (word)(rate * (REAL_BITS == 32 ? 0x1p32 : 0x1p64));
    return where((ivec)(random_words(key, column) >= ((wvec){0} + least)), splat(scale), splat(0));
}

/* Uniform between 0 and 1, neither of them, for the columns from `column` on. */
always vec uniform(word key, long column)
{
    wvec fraction = random_words(key, column) >> (REAL_BITS - MANTISSA_BITS);
    const real half = 0.5 / ((word)1 << MANTISSA_BITS);
    return (vec)(fraction | (wvec)splat(1)) - (1 - half);
}

/* floor(random * n / 2^64): a number below n from 64 random bits */
always unsigned long long below(unsigned long long random, unsigned long long n)
{
    return (unsigned long long)(((unsigned __int128)random * n) >> 64);
}

#undef always
#endif
