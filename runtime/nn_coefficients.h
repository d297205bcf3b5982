/* Written by tests/numeric/fit.py: the constants and minimax polynomials (lowest power first) of
   nn_math.h. In: NN_DOUBLE, and NN_POLYNOMIAL_<count> of nn_math.h. Out: one macro per function and
   constant. The errors given are those of the functions that the polynomials are used for. */

#ifndef NN_COEFFICIENTS_H
#define NN_COEFFICIENTS_H

#if NN_DOUBLE
/* log2(e) */
#define NN_LOG2E 0x1.71547652b82fep0
/* log(2) */
#define NN_LN2 0x1.62e42fefa39efp-1
/* log(2) as a sum of two */
#define NN_LN2_HIGH 0x1.62e42fefa2p-1
#define NN_LN2_LOW 0x1.9ef35793c7673p-41
/* log(2) as a sum of two, the first with half of the bits */
#define NN_LN2_HALF 0x1.62e42f8p-1
#define NN_LN2_REST 0x1.be8e7bcd5e4f2p-27
/* log(2) minus the nearest number */
#define NN_LN2_LESS 0x1.abc9e3b39803fp-56
/* 2 / (3 log(2)), and as a sum of two */
#define NN_LOG2 0x1.ec709dc3a03fdp-1
#define NN_LOG2_HALF 0x1.ec709d8p-1
#define NN_LOG2_REST 0x1.0e80ff5d27f05p-27
/* 2 / pi */
#define NN_QUARTERS 0x1.45f306dc9c883p-1
/* pi / 2 */
#define NN_QUARTER_TURN 0x1.921fb54442d18p0
/* pi / 2 as a sum of four */
#define NN_TURN_1 0x1.921fb544p0
#define NN_TURN_2 0x1.0b4611a6p-34
#define NN_TURN_3 0x1.3198a2ep-69
#define NN_TURN_4 0x1.b839a252049c1p-104
/* pi / 2 and pi / 4 minus the nearest numbers */
#define NN_HALF_PI_REST 0x1.1a62633145c07p-54
#define NN_QUARTER_PI_REST 0x1.1a62633145c07p-55
/* tan(pi / 8), tan(3 pi / 8) */
#define NN_TAN_LOW 0x1.a827999fcef32p-2
#define NN_TAN_HIGH 0x1.3504f333f9de6p1
/* (exp(r) - 1 - r) / r^2; error of the function 2^-57.0 */
#define NN_EXP_POLYNOMIAL(r) NN_POLYNOMIAL_10(r, 0x1.0000000000003p-1, 0x1.555555555555cp-3,      \
    0x1.555555555282dp-5, 0x1.111111110e827p-7, 0x1.6c16c17e23442p-10, 0x1.a01a01b5998b7p-13,     \
    0x1.a019a896ce465p-16, 0x1.71ddea45b55adp-19, 0x1.28a14bfa1663cp-22, 0x1.af7697a0ba716p-26)
/* (log((1 + s) / (1 - s)) / s - 2) / z, z = s^2; error of the function 2^-59.5 */
#define NN_LOG_POLYNOMIAL(z) NN_POLYNOMIAL_7(z, 0x1.5555555555592p-1, 0x1.999999997fdb8p-2,       \
    0x1.24924941f11fp-2, 0x1.c71c52095f4aep-3, 0x1.74663ee853798p-3, 0x1.39a1bab2adcc1p-3,        \
    0x1.2f0563f63fcc5p-3)
/* (3 atanh(s) / s - 3 - z) / z^2, z = s^2; error of the function 2^-66.3 */
#define NN_LOG_TAIL_POLYNOMIAL(z) NN_POLYNOMIAL_7(z, 0x1.3333333333464p-1, 0x1.b6db6db683c8dp-2,  \
    0x1.555555a206b6cp-2, 0x1.1745af6cb0871p-2, 0x1.d8ae614184f2cp-3, 0x1.973ff1be3c779p-3,       \
    0x1.95634b01747b7p-3)
/* (tanh(x) / x - 1) / z, z = x^2, |x| <= 0.625; error of the function 2^-61.3 */
#define NN_TANH_POLYNOMIAL(z) NN_POLYNOMIAL_12(z, -0x1.5555555555552p-2, 0x1.1111111110c36p-3,    \
    -0x1.ba1ba1b9d0edcp-5, 0x1.664f4870b8c49p-6, -0x1.226e32d036a13p-7, 0x1.d6d35a8004ebfp-9,     \
    -0x1.7d9c383bcbeecp-10, 0x1.350bbc94b2721p-11, -0x1.f115e457c13d1p-13,                        \
    0x1.8025584d18433p-14, -0x1.faef19d07311ap-16, 0x1.9650f4b0f726p-18)
/* (sin(x) / x - 1) / z, z = x^2, |x| <= pi / 4; error of the function 2^-58.0 */
#define NN_SIN_POLYNOMIAL(z) NN_POLYNOMIAL_6(z, -0x1.5555555555549p-3, 0x1.111111110f879p-7,      \
    -0x1.a01a019c11608p-13, 0x1.71de357782e2bp-19, -0x1.ae5e66104c18bp-26, 0x1.5d92f44211311p-33)
/* (cos(x) - 1 + z / 2) / z^2, z = x^2, |x| <= pi / 4; error of the function 2^-64.2 */
#define NN_COS_POLYNOMIAL(z) NN_POLYNOMIAL_6(z, 0x1.555555555554cp-5, -0x1.6c16c16c1517cp-10,     \
    0x1.a01a019cb18d2p-16, -0x1.27e4f809cbb5cp-22, 0x1.1ee9ebcef47fp-29, -0x1.8fae8e59626b1p-37)
/* (atan(q) / q - 1) / z, z = q^2, |q| <= tan(pi / 8); error of the function 2^-59.5 */
#define NN_ATAN_POLYNOMIAL(z) NN_POLYNOMIAL_11(z, -0x1.555555555553dp-2, 0x1.99999999958fbp-3,    \
    -0x1.24924922b18bbp-3, 0x1.c71c70e7cda74p-4, -0x1.745cf9101fb08p-4, 0x1.3b111cc02b106p-4,     \
    -0x1.10ebe1c7fc3f2p-4, 0x1.df11a55577abap-5, -0x1.9cdd42cb361f8p-5, 0x1.37f01e5f4074bp-5,     \
    -0x1.25a3ab94742d1p-6)
/* erf(x) / x - 1, z = x^2, |x| <= 1; error of the function 2^-62.8 */
#define NN_ERF_POLYNOMIAL(z) NN_POLYNOMIAL_13(z, 0x1.06eba8214db69p-3, -0x1.812746b0379e6p-2,     \
    0x1.ce2f21a042b34p-4, -0x1.b82ce31284f38p-6, 0x1.565bcd0dbd917p-8, -0x1.c02db3db4975ep-11,    \
    0x1.f9a321e4bb27ep-14, -0x1.f4d1e43522b39p-17, 0x1.b9df3063e75d5p-20,                         \
    -0x1.5f1f41477283fp-23, 0x1.f7b9a140fc5cap-27, -0x1.38ac2fad2ed9bp-30, 0x1.062780a2c9a18p-34)
/* exp(x^2) erfc(x), t = (x - 2) / (x + 2), 1 <= x <= 6; error of the function 2^-60.7 */
#define NN_ERFC_POLYNOMIAL(t) NN_POLYNOMIAL_13(t, 0x1.058671b52c776p-2, -0x1.b57034efd3f56p-2,    \
    0x1.eeea7dc8a790cp-3, -0x1.437f0b68ccc38p-4, 0x1.e947158adbd41p-9, 0x1.ca95ed863b8c2p-8,      \
    -0x1.bc258dc571fa1p-11, -0x1.016b5372b1404p-10, 0x1.6d3532f5a1c7ap-15,                        \
    0x1.6d82692a57706p-13, 0x1.cf7087d2ba488p-16, -0x1.be77ddbbd6836p-16, -0x1.a844ae474833bp-17)
#else
/* log2(e) */
#define NN_LOG2E 0x1.715476p0F
/* log(2) */
#define NN_LN2 0x1.62e43p-1F
/* log(2) as a sum of two */
#define NN_LN2_HIGH 0x1.62e4p-1F
#define NN_LN2_LOW 0x1.7f7d1cp-20F
/* log(2) as a sum of two, the first with half of the bits */
#define NN_LN2_HALF 0x1.62ep-1F
#define NN_LN2_REST 0x1.0bfbe8p-15F
/* log(2) minus the nearest number */
#define NN_LN2_LESS -0x1.05c61p-29F
/* 2 / (3 log(2)), and as a sum of two */
#define NN_LOG2 0x1.ec709ep-1F
#define NN_LOG2_HALF 0x1.ec6p-1F
#define NN_LOG2_REST 0x1.09dc3ap-13F
/* 2 / pi */
#define NN_QUARTERS 0x1.45f306p-1F
/* pi / 2 */
#define NN_QUARTER_TURN 0x1.921fb6p0F
/* pi / 2 as a sum of four */
#define NN_TURN_1 0x1.921cp0F
#define NN_TURN_2 0x1.daap-15F
#define NN_TURN_3 0x1.10b4p-30F
#define NN_TURN_4 0x1.84698ap-48F
/* pi / 2 and pi / 4 minus the nearest numbers */
#define NN_HALF_PI_REST -0x1.777a5cp-25F
#define NN_QUARTER_PI_REST -0x1.777a5cp-26F
/* tan(pi / 8), tan(3 pi / 8) */
#define NN_TAN_LOW 0x1.a8279ap-2F
#define NN_TAN_HIGH 0x1.3504f4p1F
/* (exp(r) - 1 - r) / r^2; error of the function 2^-27.8 */
#define NN_EXP_POLYNOMIAL(r) NN_POLYNOMIAL_5(r, 0x1p-1F, 0x1.5554ap-3F, 0x1.55547ap-5F,           \
    0x1.12318cp-7F, 0x1.6da304p-10F)
/* (log((1 + s) / (1 - s)) / s - 2) / z, z = s^2; error of the function 2^-30.2 */
#define NN_LOG_POLYNOMIAL(z) NN_POLYNOMIAL_3(z, 0x1.55557ap-1F, 0x1.995ebap-2F, 0x1.31e2fp-2F)
/* (3 atanh(s) / s - 3 - z) / z^2, z = s^2; error of the function 2^-36.8 */
#define NN_LOG_TAIL_POLYNOMIAL(z) NN_POLYNOMIAL_3(z, 0x1.33338p-1F, 0x1.b67be6p-2F,               \
    0x1.67b596p-2F)
/* (tanh(x) / x - 1) / z, z = x^2, |x| <= 0.625; error of the function 2^-27.8 */
#define NN_TANH_POLYNOMIAL(z) NN_POLYNOMIAL_5(z, -0x1.555534p-2F, 0x1.110768p-3F,                 \
    -0x1.b8440cp-5F, 0x1.525538p-6F, -0x1.76a47ep-8F)
/* (sin(x) / x - 1) / z, z = x^2, |x| <= pi / 4; error of the function 2^-28.1 */
#define NN_SIN_POLYNOMIAL(z) NN_POLYNOMIAL_3(z, -0x1.555546p-3F, 0x1.11076p-7F, -0x1.994e42p-13F)
/* (cos(x) - 1 + z / 2) / z^2, z = x^2, |x| <= pi / 4; error of the function 2^-33.3 */
#define NN_COS_POLYNOMIAL(z) NN_POLYNOMIAL_3(z, 0x1.55554ap-5F, -0x1.6c0c8ap-10F,                 \
    0x1.9a01f4p-16F)
/* (atan(q) / q - 1) / z, z = q^2, |q| <= tan(pi / 8); error of the function 2^-30.5 */
#define NN_ATAN_POLYNOMIAL(z) NN_POLYNOMIAL_5(z, -0x1.55554ap-2F, 0x1.9991aep-3F,                 \
    -0x1.23b6cap-3F, 0x1.b20324p-4F, -0x1.f25b5p-5F)
/* erf(x) / x - 1, z = x^2, |x| <= 1; error of the function 2^-29.7 */
#define NN_ERF_POLYNOMIAL(z) NN_POLYNOMIAL_7(z, 0x1.06eba8p-3F, -0x1.81273ep-2F, 0x1.ce2d2p-4F,   \
    -0x1.b7fbb4p-6F, 0x1.5419f6p-8F, -0x1.a485fp-11F, 0x1.4ae4dap-14F)
/* exp(x^2) erfc(x), t = (x - 2) / (x + 2), 1 <= x <= 6; error of the function 2^-34.7 */
#define NN_ERFC_POLYNOMIAL(t) NN_POLYNOMIAL_6(t, 0x1.058672p-2F, -0x1.b57036p-2F,                 \
    0x1.eeea02p-3F, -0x1.4387c6p-4F, 0x1.e8dd3ep-9F, 0x1.d8ae8p-8F)
/* (log(1 + f) - f) / f^2, sqrt(1/2) - 1 <= f <= 1/2; error of the function 2^-26.5 */
#define NN_DIRECT_LOG_POLYNOMIAL(f) NN_POLYNOMIAL_9(f, -0x1.fffff8p-2F, 0x1.5555c8p-2F,           \
    -0x1.00047ep-2F, 0x1.99690cp-3F, -0x1.53e7ccp-3F, 0x1.26993ep-3F, -0x1.154124p-3F,            \
    0x1.e26bfep-4F, -0x1.c9e95ep-5F)
/* tanh(x) = v + t P(t), t = x - p. Rows: p, v, the coefficients of P. Column s is for those x for
   which bits 20 .. 24 of x + NN_TANH_SHIFT are s. Error of the function 2^-26.4. */
#define NN_TANH_SHIFT 0x1.4p-1F
#define NN_TANH_HIGH 0x1.2bd70ap3F
#define NN_TANH_TABLES                                                                            \
    { 0x1.80007p0F, 0x1.bfff9p0F, 0x1.ffffbap0F, 0x1.1fff94p1F,                                   \
      0x1.3fffc4p1F, 0x1.5fffe6p1F, 0x1.7fffb2p1F, 0x1.a0006ep1F,                                 \
      0x1.cfffb8p1F, 0x1.080016p2F, 0x1.27ff24p2F, 0x1.48027ap2F,                                 \
      0x1.680864p2F, 0x1.87e9a4p2F, 0x1.a80958p2F, 0x1.c79ab8p2F,                                 \
      0x1.f70406p2F, 0x1.154246p3F, 0x0p0F, 0x1.80002p-4F,                                        \
      0x1.3fffap-3F, 0x1.c00002p-3F, 0x1.1fffe4p-2F, 0x1.600068p-2F,                              \
      0x1.bfffd6p-2F, 0x1.200078p-1F, 0x1.600038p-1F, 0x1.9fffaep-1F,                             \
      0x1.dfffbp-1F, 0x1.0fffdcp0F, 0x1.2fff9p0F, 0x1.4fffb4p0F },                                \
    { 0x1.cf6fcp-1F, 0x1.e1fbep-1F, 0x1.ed94fcp-1F, 0x1.f4bfc4p-1F,                               \
      0x1.f9257cp-1F, 0x1.fbd508p-1F, 0x1.fd77cep-1F, 0x1.fe767cp-1F,                             \
      0x1.ff45f6p-1F, 0x1.ffbb88p-1F, 0x1.ffe6cep-1F, 0x1.fff6bcp-1F,                             \
      0x1.fffc98p-1F, 0x1.fffebep-1F, 0x1.ffff8ap-1F, 0x1.ffffd4p-1F,                             \
      0x1.fffff6p-1F, 0x1.fffffep-1F, 0x0p0F, 0x1.7ee122p-4F,                                     \
      0x1.3d6b6ap-3F, 0x1.b8fd06p-3F, 0x1.18a38p-2F, 0x1.52c322p-2F,                              \
      0x1.a5727cp-2F, 0x1.0508c8p-1F, 0x1.315804p-1F, 0x1.5788d2p-1F,                             \
      0x1.77d814p-1F, 0x1.92bf98p-1F, 0x1.a8db86p-1F, 0x1.bad4e4p-1F },                           \
    { 0x1.72152ep-3F, 0x1.d22e22p-4F, 0x1.21635ap-4F, 0x1.6412d6p-5F,                             \
      0x1.b3b176p-6F, 0x1.09a81p-6F, 0x1.434bdap-7F, 0x1.88ecc6p-8F,                              \
      0x1.73d068p-9F, 0x1.11cdbap-10F, 0x1.931622p-12F, 0x1.287d5ep-13F,                          \
      0x1.b3fe9cp-15F, 0x1.41ff9ap-16F, 0x1.d7ffc4p-18F, 0x1.5fffe6p-19F,                         \
      0x1.3fff52p-21F, 0x1.0002bcp-23F, 0x1p0F, 0x1.fb86b6p-1F,                                   \
      0x1.f3b366p-1F, 0x1.e842cap-1F, 0x1.d98b3ep-1F, 0x1.c7f704p-1F,                             \
      0x1.a945c8p-1F, 0x1.7aea8cp-1F, 0x1.49e694p-1F, 0x1.19800ap-1F,                             \
      0x1.d8354p-2F, 0x1.8661b8p-2F, 0x1.3ee818p-2F, 0x1.01fc2cp-2F },                            \
    { -0x1.4efb4cp-3F, -0x1.b6d998p-4F, -0x1.16fa82p-4F, -0x1.5c401p-5F,                          \
      -0x1.addc4ep-6F, -0x1.077e6ep-6F, -0x1.41b358p-7F, -0x1.87bdd2p-8F,                         \
      -0x1.734c5ep-9F, -0x1.11a426p-10F, -0x1.92faccp-12F, -0x1.287308p-13F,                      \
      -0x1.b3f36p-15F, -0x1.420092p-16F, -0x1.d800dp-18F, -0x1.6002ap-19F,                        \
      -0x1.3f9d6p-21F, -0x1.005856p-23F, 0x1.e2c838p-27F, -0x1.7b889cp-4F,                        \
      -0x1.35cb78p-3F, -0x1.a48acep-3F, -0x1.038f38p-2F, -0x1.2dafd6p-2F,                         \
      -0x1.5e0edep-2F, -0x1.825e22p-2F, -0x1.897d2ap-2F, -0x1.79c14ep-2F,                         \
      -0x1.5aa25ep-2F, -0x1.3314f8p-2F, -0x1.08a0f2p-2F, -0x1.be441ap-3F },                       \
    { 0x1.67b292p-4F, 0x1.01b6c8p-4F, 0x1.58f5c8p-5F, 0x1.bbcf86p-6F,                             \
      0x1.16e028p-6F, 0x1.5997d6p-7F, 0x1.a8ae7p-8F, 0x1.039802p-8F,                              \
      0x1.ed18aep-10F, 0x1.6c78aep-11F, 0x1.0c8c6ap-12F, 0x1.8b3446p-14F,                         \
      0x1.229d14p-15F, 0x1.acdebap-17F, 0x1.3a5b92p-18F, 0x1.d5d1b4p-20F,                         \
      0x1.aabbeep-22F, 0x1.56f0bcp-24F, -0x1.5555c4p-2F, -0x1.497b1cp-2F,                         \
      -0x1.352092p-2F, -0x1.183b48p-2F, -0x1.e91e1cp-3F, -0x1.98580cp-3F,                         \
      -0x1.16e414p-3F, -0x1.bd07f4p-5F, 0x1.d7706ep-7F, 0x1.072b1cp-4F,                           \
      0x1.843414p-4F, 0x1.bdb674p-4F, 0x1.c5259cp-4F, 0x1.abf976p-4F },                           \
    { -0x1.9685f2p-6F, -0x1.80eb72p-6F, -0x1.2509ecp-6F, -0x1.93dbb6p-7F,                         \
      -0x1.082406p-7F, -0x1.4ed2bcp-8F, -0x1.a035bap-9F, -0x1.01709cp-9F,                         \
      -0x1.edf614p-11F, -0x1.6fdef6p-12F, -0x1.0f731p-13F, -0x1.8f9012p-15F,                      \
      -0x1.25fbecp-16F, -0x1.b068c4p-18F, -0x1.3d071p-19F, -0x1.d848dp-21F,                       \
      -0x1.bea218p-23F, -0x1.48b6a2p-25F, 0x1.0ffd04p-14F, 0x1.f29df6p-5F,                        \
      0x1.8e751p-4F, 0x1.0534dp-3F, 0x1.31c8d2p-3F, 0x1.500124p-3F,                               \
      0x1.5b7c7ep-3F, 0x1.3a05a6p-3F, 0x1.e96b42p-4F, 0x1.486e3p-4F,                              \
      0x1.63a45ap-5F, 0x1.de4e4p-7F, -0x1.6dc6a6p-8F, -0x1.20648ap-6F },                          \
    { -0x1.6dbf32p-9F, 0x1.ff4686p-9F, 0x1.385b4cp-8F, 0x1.054224p-8F,                            \
      0x1.76d246p-9F, 0x1.f3b176p-10F, 0x1.402b16p-10F, 0x1.910ddap-11F,                          \
      0x1.a91adcp-12F, 0x1.2503dap-13F, 0x1.b18dc4p-15F, 0x1.3f9672p-16F,                         \
      0x1.d6b4eep-18F, 0x1.75b43p-19F, 0x1.10cb68p-20F, 0x1.58c238p-22F,                          \
      0x1.5a7ba4p-24F, 0x1.6574f6p-27F, 0x1.0f438ep-3F, 0x1.f7bef6p-4F,                           \
      0x1.bae03cp-4F, 0x1.60c7e6p-4F, 0x1.d50e74p-5F, 0x1.06ffap-5F,                              \
      -0x1.4bb7ccp-8F, -0x1.63012ap-5F, -0x1.f808c8p-5F, -0x1.ff9afap-5F,                         \
      -0x1.b27148p-5F, -0x1.3fd3cp-5F, -0x1.9e8cb8p-6F, -0x1.c76a04p-7F }
#endif

#endif
