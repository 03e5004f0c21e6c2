# What every bats file loads: assertions, the programs under test, and an environment that is the same
# everywhere and touches nothing of the user's.

bats_require_minimum_version 1.5.0

load /usr/lib/bats/bats-support/load
load /usr/lib/bats/bats-assert/load

BP_ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BP_BUILD=$(cd "${BP_BUILD:-$BP_ROOT/build}" && pwd)
PATH=$BP_BUILD:$PATH
export BP_ROOT BP_BUILD PATH

# While a file is only being counted or set up there is no test yet.
HOME=${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-$BATS_RUN_TMPDIR}}/home
XDG_CONFIG_HOME=$HOME/.config
mkdir -p "$XDG_CONFIG_HOME"
export HOME XDG_CONFIG_HOME

export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1 TERM=dumb
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
unset GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_CONFIG_GLOBAL GIT_SSH GIT_SSH_COMMAND
unset SSH_AUTH_SOCK EMAIL CDPATH POSIXLY_CORRECT
unset "${!COLONIES_@}"

# 99: a status that no command of ours gives, so that a report never passes for an answer.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99
export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=0:exitcode=99:print_stacktrace=1

# Skips the test unless all of these programs are there.
requires() {
    local program
    for program; do
        command -v "$program" >/dev/null || skip "no $program"
    done
}
