// Preloaded before libc: makes the calls after the (nth - 1)-th one fail that write or sync a file below $FAULT_DIR.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE, SYNC, TRUNCATE, ALLOCATE, KINDS };

static atomic_long first, calls, injected[KINDS];
static atomic_int error_number, error_times, torn_writes;

// nth 0: nothing fails.
void fault_arm(long nth, int error, int times, int torn)
{
    atomic_store(&first, 0);
    atomic_store(&calls, 0);
    atomic_store(&error_number, error);
    atomic_store(&error_times, times);
    atomic_store(&torn_writes, torn);
    atomic_store(&first, nth);
}

long fault_injected(int kind)
{
    if (kind >= 0) return atomic_load(&injected[kind]);
    long all = 0;
    for (int k = 0; k < KINDS; k++) all += atomic_load(&injected[k]);
    return all;
}

static int fails(int fd, int kind)
{
    long nth = atomic_load(&first);
    const char *directory = getenv("FAULT_DIR");
    if (nth == 0 || directory == NULL) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int saved = errno;
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length <= 0 || strncmp(path, directory, strlen(directory)) != 0) return 0;
    long call = atomic_fetch_add(&calls, 1) + 1;
    if (call < nth || call >= nth + atomic_load(&error_times)) return 0;
    atomic_fetch_add(&injected[kind], 1);
    return 1;
}

static int failed(void)
{
    errno = atomic_load(&error_number);
    return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define HALF(size) (atomic_load(&torn_writes) ? (size) / 2 : 0)

ssize_t write(int fd, const void *data, size_t size)
{
    if (!fails(fd, WRITE)) return REAL(write)(fd, data, size);
    if (HALF(size)) (void)!REAL(write)(fd, data, HALF(size));
    return failed();
}

#define PWRITE(name, type) \
    ssize_t name(int fd, const void *data, size_t size, type offset) \
    { \
        if (!fails(fd, WRITE)) return REAL(name)(fd, data, size, offset); \
        if (HALF(size)) (void)!REAL(name)(fd, data, HALF(size), offset); \
        return failed(); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

int fsync(int fd) { return fails(fd, SYNC) ? failed() : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails(fd, SYNC) ? failed() : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t size) { return fails(fd, TRUNCATE) ? failed() : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return fails(fd, TRUNCATE) ? failed() : REAL(ftruncate64)(fd, size); }

int fallocate(int, int, off_t, off_t);
int posix_fallocate(int, off_t, off_t);
int fallocate(int fd, int mode, off_t at, off_t size) { return fails(fd, ALLOCATE) ? failed() : REAL(fallocate)(fd, mode, at, size); }
int posix_fallocate(int fd, off_t at, off_t size) { return fails(fd, ALLOCATE) ? atomic_load(&error_number) : REAL(posix_fallocate)(fd, at, size); }
