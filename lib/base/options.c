/* Parsing by a command's option table: see options.h. */
#include "base/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "base/rows.h"

struct parser {
    struct bp_run *run;
    struct bp_opt_rows rows;
    bool seen[BP_OPT_ROWS_MAX];
    int argc;
    char **argv;
    int at; /* the argument being looked at */
};

static bool parse_count(const char *text, uint32_t *out)
{
    uint64_t n = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        n = n * 10 + (uint64_t)(*text - '0');
        if (n > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)n;
    return true;
}

const char *bp_options_choose(const char *choices, const char *text)
{
    size_t len = strlen(text);

    for (const char *p = choices;; p++) {
        size_t n = strcspn(p, "|");

        if (n == len && len && memcmp(p, text, n) == 0)
            return text;
        p += n;
        if (!*p)
            return NULL;
    }
}

static void add_to_list(struct bp_list *l, const char *item)
{
    l->items = bp_grow(l->items, &l->cap, l->count + 1, sizeof *l->items);
    l->items[l->count++] = item;
}

/* Takes the argument `text` of option `o`; `shown` is how the user wrote the option. */
static void store(struct parser *p, size_t row, const char *shown, const char *text)
{
    const struct bp_opt *o = p->rows.items[row];

    if (o->type != BP_OPT_LIST && p->seen[row])
        bp_usage_error(p->run, "option '%s' is given twice", shown);
    p->seen[row] = true;
    switch (o->type) {
    case BP_OPT_FLAG:
        break;
    case BP_OPT_STRING:
        *(const char **)o->dest = text;
        break;
    case BP_OPT_LIST:
        add_to_list(o->dest, text);
        break;
    case BP_OPT_COUNT:
        if (!parse_count(text, o->dest))
            bp_usage_error(p->run, "option '%s' takes a number from 0 to %u, not '%s'", shown,
                           UINT32_MAX, text);
        break;
    case BP_OPT_CHOICE:
        *(const char **)o->dest = bp_options_choose(o->choices, text);
        if (!*(const char **)o->dest)
            bp_usage_error(p->run, "option '%s' takes one of %s, not '%s'", shown, o->choices,
                           text);
        break;
    }
}

/* The argument that follows the present one, for option `o`. */
static const char *next_argument(struct parser *p, const struct bp_opt *o, const char *shown)
{
    if (p->at + 1 >= p->argc)
        bp_usage_error(p->run, "option '%s' needs an argument: %s", shown, o->arg);
    return p->argv[++p->at];
}

static _Noreturn void unknown_long(const struct parser *p, const char *name, size_t len)
{
    struct bp_arena a = BP_ARENA_INIT;
    char *word = bp_arena_strndup(&a, name, len);
    struct bp_nearest near;

    bp_nearest_init(&near, word);
    for (size_t i = 0; i < p->rows.visible; i++) {
        if (p->rows.items[i]->name)
            bp_nearest_try(&near, p->rows.items[i]->name);
    }
    if (near.best)
        bp_usage_error(p->run, "unknown option '--%s'; did you mean '--%s'?", word, near.best);
    bp_usage_error(p->run, "unknown option '--%s'", word);
}

static size_t find_long(const struct parser *p, const char *name, size_t len)
{
    size_t i = 0;

    for (; i < p->rows.count; i++) {
        const char *known = p->rows.items[i]->name;

        if (known && strlen(known) == len && memcmp(known, name, len) == 0)
            break;
    }
    return i;
}

/* `arg` is what stands behind the two dashes: "key", "key=value". */
static void parse_long(struct parser *p, const char *arg)
{
    size_t len = strcspn(arg, "=");
    size_t row = find_long(p, arg, len);
    const struct bp_opt *o;
    char *shown;

    if (row == p->rows.count)
        unknown_long(p, arg, len);
    o = p->rows.items[row];
    if (o->type == BP_OPT_FLAG) {
        if (arg[len])
            bp_usage_error(p->run, "option '--%s' takes no argument", o->name);
        *(bool *)o->dest = true;
        return;
    }
    shown = p->argv[p->at];
    if (arg[len]) {
        struct bp_str word = BP_STR_INIT;

        bp_str_addf(&word, "--%s", o->name);
        store(p, row, word.s, arg + len + 1);
        bp_str_release(&word);
        return;
    }
    store(p, row, shown, next_argument(p, o, shown));
}

static _Noreturn void unknown_letter(const struct parser *p, const char *arg, char letter)
{
    /* "-prune" was probably meant to have two dashes. */
    if (find_long(p, arg, strcspn(arg, "=")) < p->rows.count)
        bp_usage_error(p->run, "unknown option '-%s'; did you mean '--%s'?", arg, arg);
    if (letter < ' ' || letter > '~')
        bp_usage_error(p->run, "unknown option '-%s'", arg);
    bp_usage_error(p->run, "unknown option '-%c'", letter);
}

/* `arg` is what stands behind the dash: "k", "kvalue", "rq". */
static void parse_letters(struct parser *p, const char *arg)
{
    for (const char *c = arg; *c; c++) {
        const struct bp_opt *o;
        size_t row = 0;
        char shown[3] = {'-', *c, '\0'};

        while (row < p->rows.count && p->rows.items[row]->letter != *c)
            row++;
        if (row == p->rows.count)
            unknown_letter(p, arg, *c);
        o = p->rows.items[row];
        if (o->type != BP_OPT_FLAG) {
            store(p, row, shown, c[1] ? c + 1 : next_argument(p, o, shown));
            return;
        }
        *(bool *)o->dest = true;
    }
}

static void check_required(const struct parser *p)
{
    for (size_t i = 0; i < p->rows.count; i++) {
        const struct bp_opt *o = p->rows.items[i];

        if (!o->required || p->seen[i])
            continue;
        if (o->letter)
            bp_usage_error(p->run, "option '-%c %s' is required", o->letter, o->arg);
        bp_usage_error(p->run, "option '--%s %s' is required", o->name, o->arg);
    }
}

static void check_operands(const struct parser *p)
{
    const struct bp_cmd *cmd = p->run->cmd;
    int n = p->run->noperands;

    if (n == 0 && cmd->min_operands == 1)
        bp_usage_error(p->run, "an operand is missing");
    if (n < cmd->min_operands)
        bp_usage_error(p->run, "%d operands are needed, not %d", cmd->min_operands, n);
    if (cmd->max_operands >= 0 && n > cmd->max_operands)
        bp_usage_error(p->run, "unexpected operand '%s'", p->run->operands[cmd->max_operands]);
}

enum bp_asked bp_options_parse(struct bp_run *run, int argc, char **argv)
{
    struct bp_opt_asked asked = {0};
    struct parser p = {.run = run, .argc = argc, .argv = argv, .at = 1};
    bool only_operands = false;

    /* Operands move to the front of argv: they are never more than what was read already. */
    run->operands = argv + (argc > 0);
    bp_opt_rows_of(run->cmd, run, &asked, &p.rows);
    for (; p.at < argc; p.at++) {
        char *arg = argv[p.at];

        if (only_operands || arg[0] != '-' || arg[1] == '\0')
            run->operands[run->noperands++] = arg;
        else if (arg[1] != '-')
            parse_letters(&p, arg + 1);
        else if (arg[2] == '\0')
            only_operands = true;
        else
            parse_long(&p, arg + 2);
        /* Help is given even when the rest of the line is wrong. */
        if (asked.help || asked.version || asked.dump)
            break;
    }
    if (asked.help)
        return BP_ASKED_HELP;
    if (asked.version)
        return BP_ASKED_VERSION;
    if (asked.dump)
        return BP_ASKED_DUMP;
    check_required(&p);
    check_operands(&p);
    return BP_ASKED_WORK;
}
