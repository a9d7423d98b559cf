/* A disk that fails on command, below the database driver: loaded with LD_PRELOAD into the server under test.
 *
 * TESSERA_DISK names a control file of six 32-bit numbers in the machine's byte order, shared with the test:
 *   0 the fault (enum fault), 1 the files it strikes (enum files), 2 how many calls it strikes,
 *   3 how many calls it has struck, 4 whether a durable image is kept (0 or 1), 5 syncs that were done.
 *
 * With images kept, "<file>.durable" holds what a loss of power would leave of a file: its content at the last sync
 * that was not a lie. The test puts the images in place of the files after it has killed the server.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum fault { NONE, WRITE_EIO, SYNC_EIO, WRITE_FULL, TORN_WRITE, SHORT_WRITE, LYING_SYNC };
enum files { LOG = 1, DATABASE = 2 };

struct control {
    _Atomic uint32_t fault, files, left, struck, images, syncs;
};

static struct control *control;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("TESSERA_DISK");
    if (!path) return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) abort();
    void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED) abort();
    control = shared;
}

static int ends_with(const char *text, const char *end) {
    size_t all = strlen(text), part = strlen(end);
    return all >= part && strcmp(text + all - part, end) == 0;
}

/* Which of the database's files a name means; 0 for every other. */
static uint32_t files_of_name(const char *name) {
    if (ends_with(name, ".db-wal")) return LOG;
    if (ends_with(name, ".db")) return DATABASE;
    return 0;
}

/* The same for an open file, whose name is left in `name`. */
static uint32_t files_of(int file, char name[4096]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, name, 4095);
    if (length <= 0) return 0;
    name[length] = 0;
    return files_of_name(name);
}

/* Whether this call is struck by a fault. */
static int strikes(uint32_t fault, uint32_t files) {
    if (!control || control->fault != fault || !(control->files & files)) return 0;
    uint32_t left = control->left;
    while (left > 0) {
        if (atomic_compare_exchange_weak(&control->left, &left, left - 1)) {
            control->struck++;
            return 1;
        }
    }
    return 0;
}

static ssize_t real_write_at(int file, const void *bytes, size_t count, off_t at) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    return real(file, bytes, count, at);
}

static ssize_t write_at(int file, const void *bytes, size_t count, off_t at) {
    char name[4096];
    uint32_t files = control && control->fault ? files_of(file, name) : 0;
    if (files) {
        if (strikes(WRITE_EIO, files)) { errno = EIO; return -1; }
        if (strikes(WRITE_FULL, files)) { errno = ENOSPC; return -1; }
        if (count > 1 && strikes(SHORT_WRITE, files)) return real_write_at(file, bytes, count / 2, at);
        if (strikes(TORN_WRITE, files)) {
            /* Half of it arrives, and then the disk is gone. */
            if (count > 1) real_write_at(file, bytes, count / 2, at);
            errno = EIO;
            return -1;
        }
    }
    return real_write_at(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t at) { return write_at(file, bytes, count, at); }
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return write_at(file, bytes, count, at); }

/* Copies a file to its durable image, at once or not at all. */
static void keep_image(int file, const char *name) {
    static atomic_uint turn;
    char image[4200], fresh[4300], buffer[65536];
    snprintf(image, sizeof image, "%s.durable", name);
    snprintf(fresh, sizeof fresh, "%s.%u.new", image, atomic_fetch_add(&turn, 1));
    int out = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) abort();
    off_t at = 0;
    ssize_t count;
    while ((count = pread(file, buffer, sizeof buffer, at)) > 0) {
        if (write(out, buffer, (size_t)count) != count) abort();
        at += count;
    }
    close(out);
    if (rename(fresh, image) != 0) abort();
}

static int sync_file(int file, const char *symbol) {
    char name[4096];
    uint32_t files = control ? files_of(file, name) : 0;
    if (files) {
        if (strikes(SYNC_EIO, files)) { errno = EIO; return -1; }
        if (strikes(LYING_SYNC, files)) return 0;
        control->syncs++;
        if (control->images) { keep_image(file, name); return 0; }
    }
    int (*real)(int) = dlsym(RTLD_NEXT, symbol);
    return real(file);
}

int fsync(int file) { return sync_file(file, "fsync"); }
int fdatasync(int file) { return sync_file(file, "fdatasync"); }

int unlink(const char *name) {
    static int (*real)(const char *);
    if (!real) real = dlsym(RTLD_NEXT, "unlink");
    if (control && control->images && files_of_name(name)) {
        char image[4200];
        snprintf(image, sizeof image, "%s.durable", name);
        real(image);
    }
    return real(name);
}
