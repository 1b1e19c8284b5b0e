"""Which levels of the x86-64 psABI the CPU and the operating system support."""

cdef extern from *:
    """
    #if defined(__x86_64__) && (defined(__clang__) || __GNUC__ >= 11)
    /* AVX-512 without AVX2, or either without the operating system's saving the registers, does not
       count: these built-ins ask for both. */
    static int level(void)
    {
        __builtin_cpu_init();
        if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")))
            return 1;
        if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl")))
            return 3;
        return 4;
    }
    #else
    static int level(void) { return 1; }
    #endif
    """
    int c_level "level" ()


def level():
    """1, 3 or 4."""
    return c_level()
