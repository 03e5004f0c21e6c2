#!/usr/bin/env bats
# bp: the dispatcher.

load helpers

@test "bp alone lists every command with what it does" {
    run -0 --separate-stderr bp
    assert_line --index 0 'usage: bp NAME [ARGUMENT...]'
    for file in "$BP_BUILD"/bp-*; do
        [ -f "$file" ] && [ -x "$file" ] || continue
        assert_line --regexp "^  ${file##*/} +[a-z].+"
    done
    assert_equal "$stderr" ''
}

@test "bp --help has options and commands" {
    run -0 bp --help
    assert_line --regexp '^  bp-get +read the documents of states$'
    assert_line --regexp '^ +--version'
}

@test "bp NAME runs bp-NAME with all that follows" {
    run -0 bp get --version
    assert_output --regexp '^bp-get '
    run -0 bp get -N a - <<<'{"kind":"K","metadata":{"name":"a"}}'
    assert_output '{"kind":"K","metadata":{"name":"a"}}'
    run -1 bp get -q -N b - <<<'{"kind":"K","metadata":{"name":"a"}}'
    run -2 bp get --no-such
    assert_line --index 0 "bp-get: error: unknown option '--no-such'"
}

@test "commands beside bp win over those in PATH, which come next" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\necho other "$@"\n' >"$BATS_TEST_TMPDIR/bin/bp-get"
    printf '#!/bin/sh\necho mine "$@"\n' >"$BATS_TEST_TMPDIR/bin/bp-mine"
    chmod +x "$BATS_TEST_TMPDIR"/bin/*
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
    run -0 bp get --version
    assert_output --regexp '^bp-get '
    run -0 bp mine 'a b' c
    assert_output 'mine a b c'
}

@test "an unknown command is a usage error that knows what was meant" {
    run -2 bp gte
    assert_line --index 0 "bp: error: there is no command 'gte': did you mean 'get'? 'bp' alone lists them"
    run -2 bp qwertyuiop
    assert_line --index 0 "bp: error: there is no command 'qwertyuiop': 'bp' alone lists them"
    run -2 bp ''
    run -2 bp ../bp-get
    assert_line --index 0 --partial "there is no command '../bp-get'"
}

@test "options in front of the name are a usage error" {
    run -2 bp -q get
    assert_line --index 0 'bp: error: options stand behind the name of the command: bp get ...'
    run -2 bp --no-such
}

@test "bp --version" {
    run -0 bp --version
    assert_output --regexp '^bp \(bp\) [0-9]+\.[0-9]+'
}
