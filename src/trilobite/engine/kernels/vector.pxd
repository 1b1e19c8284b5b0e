"""What vector.h declares. To Cython a vector is one more float: arithmetic on it is C's."""

cdef extern from "kernels/vector.h" nogil:
    ctypedef float real
    ctypedef float vec
    ctypedef int ivec
    ctypedef unsigned long long word
    ctypedef struct half:
        pass
    # What a function returns says how it is compiled, too, for which Cython has no word of its own:
    # a formula and what is inlined are always a part of their callers, what is apart never is.
    ctypedef vec formula "INLINED vec"
    ctypedef void inlined "INLINED void"
    ctypedef void apart "APART void"
    enum:
        LANES
        LOG2_LANES
        VECTORS
        PANEL
        BLOCK
        TILE_ROWS
        EXPONENT_BIAS
        EXP_TERMS
        LOG_TERMS
    ctypedef struct Gradient:  # of a block of weights and its biases
        real* w
        real* b
    const real* ONE_OVER_FACTORIAL
    real LN2_HIGH
    real LN2_LOW
    real ROUNDING
    vec splat(real a)
    vec quotient(vec a, vec b)
    vec lane_numbers()
    ivec less(vec a, vec b)
    ivec equal(vec a, vec b)
    vec where(ivec mask, vec a, vec b)
    vec absolute(vec a)
    vec square_root(vec a)
    vec copy_sign(vec size, vec sign)
    vec power_of_two(vec n)
    vec split_power(vec a, vec* n)
    vec zip_low(vec a, vec b)
    vec zip_high(vec a, vec b)
    real sum_lanes(vec a)
    vec vector_at(const void* x)
    vec vector_of_bytes(const unsigned char* x)
    real half_value(half bits)
    vec keep_factors(word key, long column, double rate, real scale)
    vec uniform(word key, long column)
    void prefetch(const void* line)
    unsigned long long below(unsigned long long random, unsigned long long n)


# Every matrix of the engine is stored in column panels: PANEL columns wide, all rows of the first
# panel, then all rows of the second. The stride is the distance from panel to panel, in elements.
# Columns beyond the last are padding: zero in weights and gradients, never read elsewhere.

cdef inline Py_ssize_t ceiling(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    return (a + b - 1) // b


cdef inline Py_ssize_t cut(Py_ssize_t n, Py_ssize_t k, Py_ssize_t parts) noexcept nogil:
    """The begin of part k, if n is cut into parts of the same size, or one more or less.

    Outer parts go without the division, which a tiny net would notice."""
    return 0 if k == 0 else n if k == parts else n * k // parts
