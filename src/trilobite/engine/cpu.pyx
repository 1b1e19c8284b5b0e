"""Which levels of the x86-64 psABI the CPU and the operating system support."""

cdef extern from *:
    """
    #if defined(__x86_64__) && (!defined(__clang__) || __clang_major__ >= 18)
    /* All that -march=x86-64-v3 and -v4 let the compiler use, and the operating system's saving of
       the registers. */
    static int level(void)
    {
        __builtin_cpu_init();
        if (!__builtin_cpu_supports("x86-64-v3")) return 1;
        return __builtin_cpu_supports("x86-64-v4") ? 4 : 3;
    }
    #else
    static int level(void) { return 1; }
    #endif
    """
    int c_level "level" ()


def level():
    """1, 3 or 4."""
    return c_level()
