/* bp: runs the other commands (`bp get` is bp-get) and lists them. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/proc.h"
#include "base/spool.h"

static const char prefix[] = "bp-";

enum { DUMP_MAX = 64 * 1024 };

static struct bp_cmd cmd = {
    .name = "bp",
    .summary = "run and list the commands of bp",
    .synopsis = "NAME [ARGUMENT...]",
    .formats = "text",
    .max_operands = -1,
};

/* ---- the commands beside us ---- */

/* Only what can be one of ours: lower-case letters and dashes, no temporary or backup file. */
static bool is_command_name(const char *file)
{
    size_t n = strlen(prefix);

    return strncmp(file, prefix, n) == 0 && file[n] &&
           strspn(file, "abcdefghijklmnopqrstuvwxyz-") == strlen(file);
}

static bool is_program(int dir, const char *file)
{
    struct stat st;

    return fstatat(dir, file, &st, 0) == 0 && S_ISREG(st.st_mode) &&
           faccessat(dir, file, X_OK, 0) == 0;
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The names, sorted, of the commands in our own directory, in `a`. */
static struct bp_list find_commands(struct bp_arena *a)
{
    struct bp_list found = {0};
    struct bp_str here = BP_STR_INIT;
    DIR *d = bp_proc_beside("", &here) ? opendir(here.s) : NULL;
    struct dirent *ent;

    while (d && (ent = readdir(d))) {
        if (!is_command_name(ent->d_name) || !is_program(dirfd(d), ent->d_name))
            continue;
        found.items = bp_grow(found.items, &found.cap, found.count + 1, sizeof *found.items);
        found.items[found.count++] = bp_arena_strdup(a, ent->d_name);
    }
    if (d)
        closedir(d);
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_name);
    bp_str_release(&here);
    return found;
}

/* What a command says of itself; "" when it says nothing. */
static void add_summary(const char *name, struct bp_str *out)
{
    static const char key[] = "\nsummary\t";
    const char *const argv[] = {name, "--dump-options", NULL};
    struct bp_str dump = BP_STR_LIMIT(DUMP_MAX);
    struct bp_proc child;
    const char *at = NULL;

    if (bp_proc_start(&child, argv, NULL))
        return;
    if (bp_read_fd(child.out, &dump, NULL) == 0)
        at = strstr(dump.s, key);
    if (bp_proc_wait(&child) == 0 && at)
        bp_str_add(out, at + strlen(key), strcspn(at + strlen(key), "\n"));
    bp_str_release(&dump);
}

/* A line for each command. */
static void add_list(struct bp_str *out)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_list found = find_commands(&a);
    size_t width = 0;

    for (size_t i = 0; i < found.count; i++)
        width = strlen(found.items[i]) > width ? strlen(found.items[i]) : width;
    for (size_t i = 0; i < found.count; i++) {
        bp_str_addf(out, "  %-*s  ", (int)width, found.items[i]);
        add_summary(found.items[i], out);
        bp_str_addc(out, '\n');
    }
    bp_list_release(&found);
    bp_arena_release(&a);
}

/* ---- running one ---- */

/* Ends with status 2: there is no such command. */
static _Noreturn void unknown(const struct bp_run *run, const char *name)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_list found = find_commands(&a);
    struct bp_nearest near;

    bp_nearest_init(&near, name);
    for (size_t i = 0; i < found.count; i++)
        bp_nearest_try(&near, found.items[i] + strlen(prefix));
    if (near.best)
        bp_usage_error(run, "there is no command '%s': did you mean '%s'? 'bp' alone lists them",
                       name, near.best);
    bp_usage_error(run, "there is no command '%s': 'bp' alone lists them", name);
}

/* Becomes bp-NAME, the one beside us or else the one in PATH. Returns only when that failed. */
static int run_command(const struct bp_run *run, char **argv)
{
    struct bp_str file = BP_STR_INIT, path = BP_STR_INIT;
    struct bp_err e = BP_ERR_INIT;
    const char *name = argv[0];

    if (!*name || strchr(name, '/'))
        unknown(run, name);
    bp_str_addf(&file, "%s%s", prefix, name);
    argv[0] = file.s;
    errno = ENOENT;
    if (bp_proc_beside(file.s, &path))
        execv(path.s, argv);
    if (errno == ENOENT)
        execvp(file.s, argv);
    if (errno == ENOENT)
        unknown(run, name);
    bp_err_sys(&e, "run '%s'", file.s);
    bp_complain(run, &e);
    return BP_EXIT_TROUBLE;
}

static int list_commands(struct bp_run *run)
{
    struct bp_spool out = BP_SPOOL_INIT;
    struct bp_str text = BP_STR_INIT;
    int status;

    bp_str_adds(&text, "usage: bp NAME [ARGUMENT...]\n\n");
    add_list(&text);
    bp_str_adds(&text,
                "\n'bp NAME --help' says more about each, 'man 7 bp' how they work together\n");
    bp_spool_add(&out, text.s, text.len);
    status = bp_finish(run, &out, BP_EXIT_YES);
    bp_spool_release(&out);
    bp_str_release(&text);
    return status;
}

int main(int argc, char **argv)
{
    struct bp_str list = BP_STR_INIT;
    struct bp_run run;
    int status;

    /* What stands behind a name belongs to that command, so it is not looked at here. */
    if (argc > 1 && argv[1][0] != '-') {
        bp_start(&run, &cmd, 1, argv);
        return run_command(&run, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        bp_str_adds(&list, "commands:\n");
        add_list(&list);
        bp_str_cut(&list, list.len - 1);
        cmd.epilog = list.s;
    }
    bp_start(&run, &cmd, argc, argv);
    if (run.noperands)
        bp_usage_error(&run, "options stand behind the name of the command: bp %s ...",
                       run.operands[0]);
    status = list_commands(&run);
    bp_str_release(&list);
    return status;
}
