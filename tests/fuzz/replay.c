/* Runs a fuzz target over files, and over the files of directories, without a fuzzing engine. */
#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of its very size, so that a sanitizer sees a read past the end. */
static uint8_t *read_whole(FILE *f, size_t *size)
{
    uint8_t *data = NULL;
    size_t cap = 0, n;

    *size = 0;
    do {
        cap = cap ? cap * 2 : 65536;
        data = realloc(data, cap);
        if (!data)
            return NULL;
        n = fread(data + *size, 1, cap - *size, f);
        *size += n;
    } while (n && *size == cap);
    return realloc(data, *size ? *size : 1);
}

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data;
    size_t size;

    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    data = read_whole(f, &size);
    if (ferror(f) || !data) {
        fprintf(stderr, "%s: can't be read\n", path);
        fclose(f);
        free(data);
        return -1;
    }
    fclose(f);
    /* The last name on standard error is the input that a crash comes from. */
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

int main(int argc, char **argv)
{
    size_t count = 0;
    int status = 0;
    FTS *tree;

    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE|DIRECTORY...\n", argv[0]);
        return 2;
    }
    tree = fts_open(argv + 1, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        return 2;
    for (FTSENT *entry; (entry = fts_read(tree));) {
        if (entry->fts_info == FTS_F) {
            if (run_file(entry->fts_accpath))
                status = 2;
            count++;
        } else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_ERR ||
                   entry->fts_info == FTS_DNR) {
            fprintf(stderr, "%s: %s\n", entry->fts_path, strerror(entry->fts_errno));
            status = 2;
        }
    }
    fts_close(tree);
    printf("%zu inputs\n", count);
    return count ? status : 2;
}
