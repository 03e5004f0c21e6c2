# shellcheck shell=bash
# Completion of the bp commands for bash. Written by completions/generate from the option tables.

_bp_reply() {
    mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}

# States are paths or words that begin with a scheme.
_bp_states() {
    case $cur in
    dir:*)
        mapfile -t COMPREPLY < <(compgen -P dir: -d -- "${cur#dir:}") ;;
    git:*)
        mapfile -t COMPREPLY < <(compgen -P git: -d -- "${cur#git:}") ;;
    *)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur"; compgen -W 'dir: git:' -- "$cur") ;;
    esac
    compopt -o nospace
    # Bash takes ':' for the end of a word: give back only what follows it.
    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
    fi
}

_bp() {
    local cur prev words cword options='' operand=none command=${1##*/}
    words=("${COMP_WORDS[@]}")
    cword=$COMP_CWORD
    cur=${words[cword]}
    prev=${words[cword - 1]}
    # Put a state word together again that was split at ':'.
    if [[ $cur == : && $cword -ge 1 ]]; then
        cur=$prev:
        prev=${words[cword - 2]}
    elif [[ $prev == : && $cword -ge 2 ]]; then
        cur=${words[cword - 2]}:$cur
        prev=${words[cword - 3]}
    fi
    COMPREPLY=()
    if [[ $command == bp ]]; then
        if ((cword == 1)); then
            _bp_reply -W "apply commit diff get render validate --help --version"
            return
        fi
        command=bp-${words[1]}
    fi
    case $command in
    bp-apply)
        options="--target --dry-run --max-prune --force-delete --allow-empty --lock-timeout --report --output --quiet --verbose --help --version"
        operand=file
        case $prev in
        -t|--target) _bp_states; return ;;
        --max-prune) :; return ;;
        --lock-timeout) :; return ;;
        --report) _bp_reply -f; return ;;
        -o|--output) _bp_reply -W "json text"; return ;;
        esac
        ;;
    bp-commit)
        options="--repo --branch --create-branch --prefix --message --trailer --author --committer --prune --max-prune --allow-empty --dry-run --lock-timeout --report --output --quiet --verbose --help --version"
        operand=state
        case $prev in
        -r|--repo) _bp_reply -d; return ;;
        -b|--branch) :; return ;;
        -p|--prefix) :; return ;;
        -m|--message) :; return ;;
        --trailer) :; return ;;
        --author) :; return ;;
        --committer) :; return ;;
        --max-prune) :; return ;;
        --lock-timeout) :; return ;;
        --report) _bp_reply -f; return ;;
        -o|--output) _bp_reply -W "json text"; return ;;
        esac
        ;;
    bp-diff)
        options="--prune --allow-empty --report --output --quiet --verbose --help --version"
        operand=state
        case $prev in
        --report) _bp_reply -f; return ;;
        -o|--output) _bp_reply -W "json text markdown stat"; return ;;
        esac
        ;;
    bp-get)
        options="--kind --name --history --output --quiet --verbose --help --version"
        operand=state
        case $prev in
        -K|--kind) :; return ;;
        -N|--name) :; return ;;
        -o|--output) _bp_reply -W "json yaml text"; return ;;
        esac
        ;;
    bp-render)
        options="--catalog --site --base --set --entry --name --strict --report --allow-empty --output --quiet --verbose --help --version"
        operand=file
        case $prev in
        -c|--catalog) _bp_reply -d; return ;;
        --site) :; return ;;
        --base) _bp_states; return ;;
        -s|--set) :; return ;;
        -e|--entry) :; return ;;
        -N|--name) :; return ;;
        --report) _bp_reply -f; return ;;
        -o|--output) _bp_reply -W "json yaml"; return ;;
        esac
        ;;
    bp-validate)
        options="--definitions --strict --report --allow-empty --output --quiet --verbose --help --version"
        operand=state
        case $prev in
        -d|--definitions) _bp_states; return ;;
        --report) _bp_reply -f; return ;;
        -o|--output) _bp_reply -W "json text"; return ;;
        esac
        ;;
    esac
    if [[ $cur == -* ]]; then
        _bp_reply -W "$options"
        return
    fi
    case $operand in
    file) _bp_reply -f ;;
    dir) _bp_reply -d ;;
    state) _bp_states ;;
    esac
}

complete -o filenames -F _bp bp bp-apply bp-commit bp-diff bp-get bp-render bp-validate
