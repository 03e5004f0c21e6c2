/* The option table of a command: parsing, help, dump. Only for base; commands use cmd.h. */
#ifndef BP_BASE_OPTIONS_H
#define BP_BASE_OPTIONS_H

#include "base/cmd.h"

/* The words that -o takes when a command does not say. */
#define BP_DEFAULT_FORMATS "json|text"

/* What was asked for instead of the command's work. */
enum bp_asked { BP_ASKED_WORK, BP_ASKED_HELP, BP_ASKED_VERSION, BP_ASKED_DUMP };

/* Parses into the `dest` of the rows, and run->quiet, verbose, format (NULL when -o was not given),
 * operands (in place of the first arguments). A usage error ends the process. */
enum bp_asked bp_options_parse(struct bp_run *run, int argc, char **argv);

/* `text` when it is one of the words of `choices` ("a|b"), else NULL. */
const char *bp_options_choose(const char *choices, const char *text);

/* "usage: NAME SYNOPSIS", a line for each form. */
void bp_options_usage(const struct bp_cmd *cmd, struct bp_str *out);
void bp_options_help(const struct bp_cmd *cmd, struct bp_str *out);
/* Tab-separated; '-' stands for nothing. */
void bp_options_dump(const struct bp_cmd *cmd, struct bp_str *out);

#endif
