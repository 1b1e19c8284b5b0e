"""Whether the CPU and the operating system support what a variant of the engine needs."""

cdef extern from *:
    """
    #include <string.h>

    /* FEATURES, from the table of instruction sets by way of setup.py: TEST("x86-64-v3") ..., as
       the builtin takes literals only. A level of the psABI is all that -march of its name lets the
       compiler use, and the operating system's saving of the registers. */
    static int supports(const char *feature)
    {
    #if defined(__x86_64__) && (!defined(__clang__) || __clang_major__ >= 18)
    #define TEST(name) if (strcmp(feature, name) == 0) return __builtin_cpu_supports(name) != 0;
        __builtin_cpu_init();
        FEATURES
    #endif
        return 0;
    }
    """
    bint c_supports "supports" (const char* feature)


def supports(str feature not None):
    """Whether there is a feature, one of those in the table of instruction sets."""
    return c_supports(feature.encode())
