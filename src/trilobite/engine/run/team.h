/* A team of threads that lives for one call: its members meet at a spin barrier.

   No OpenMP runtime, no pool: nothing outlives `run_team`, so nothing is left to hang a fork and
   nothing spins when nobody trains. */

#ifndef TRILOBITE_TEAM_H
#define TRILOBITE_TEAM_H

#include <pthread.h>
#include <sched.h>
#include <time.h>

enum { MAX_THREADS = 256 };

typedef struct {
    int size;    /* members */
    int waiting; /* members that have come to the barrier */
    int round;   /* barriers passed */
    int started; /* 0 until size is final */
    void (*work)(void *job, int member, void *team);
    void *job;
} Team;

typedef struct { Team *team; int member; pthread_t thread; } Member;

#if defined(__x86_64__) || defined(__i386__)
#define RELAX() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define RELAX() __asm__ __volatile__("yield")
#else
#define RELAX() ((void)0)
#endif

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Until *flag differs from value: spin for about 20 microseconds, then let others have the core. */
static void wait_while(int *flag, int value)
{
    for (int turns = 0; turns < 500; turns++) {
        if (__atomic_load_n(flag, __ATOMIC_ACQUIRE) != value) return;
        RELAX();
    }
    while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) == value) sched_yield();
}

static inline void barrier(void *of)
{
    Team *team = (Team *)of;
    int round = __atomic_load_n(&team->round, __ATOMIC_RELAXED);
    if (team->size == 1) return;
    if (__atomic_add_fetch(&team->waiting, 1, __ATOMIC_ACQ_REL) == team->size) {
        __atomic_store_n(&team->waiting, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&team->round, round + 1, __ATOMIC_RELEASE);
    }
    else wait_while(&team->round, round);
}

/* Work with subnormal numbers taken as zero, a hundred cycles each on many CPUs otherwise; the
   thread's own mode comes back afterwards. */
static void work_flushing(Team *team, int member)
{
#if defined(__x86_64__)
    unsigned mode = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(mode | 0x8040); /* flush to zero, denormals are zero */
    team->work(team->job, member, team);
    __builtin_ia32_ldmxcsr(mode);
#else
    team->work(team->job, member, team);
#endif
}

static void *member_main(void *arg)
{
    Member *member = (Member *)arg;
    wait_while(&member->team->started, 0);
    work_flushing(member->team, member->member);
    return 0;
}

/* work(job, member, team) in up to `threads` threads, the caller's among them; size: how many. */
static void run_team(int threads, int *size, void (*work)(void *, int, void *), void *job)
{
    Team team = {.size = 1, .work = work, .job = job};
    Member members[MAX_THREADS];
    if (threads > MAX_THREADS) threads = MAX_THREADS;
    while (team.size < threads) {
        Member *next = &members[team.size];
        next->team = &team;
        next->member = team.size;
        if (pthread_create(&next->thread, 0, member_main, next) != 0) break; /* fewer then */
        team.size++;
    }
    *size = team.size;
    __atomic_store_n(&team.started, 1, __ATOMIC_RELEASE);
    work_flushing(&team, 0);
    for (int i = 1; i < team.size; i++) pthread_join(members[i].thread, 0);
}

#endif
