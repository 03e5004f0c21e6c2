#!/usr/bin/env bats
# bp-diff: what it says for people and for bp-apply, its statuses, and what must never get out.

bats_require_minimum_version 1.5.0

load helpers

setup() {
    data=$BP_ROOT/testdata/diff
    cd "$BATS_TEST_TMPDIR" || return
}

# doc NAME [SPEC [MORE-METADATA]]: one document as a line of JSON.
doc() {
    printf '{"kind":"K","metadata":{"name":"%s"%s},"spec":%s}\n' "$1" "${3-}" "${2-{\}}"
}

# Each format against the file that shows what it must look like.
golden() {
    run --separate-stderr -1 bp-diff -o "$1" "${@:3}"
    [ -z "$stderr" ]
    diff -u "$2" - <<<"$output"
}

@test "text is grouped by document, old and new in place" {
    golden text "$data/expected.text" --prune "$data/live.yaml" "$data/wanted.yaml"
}

@test "markdown has a fenced diff for each document" {
    golden markdown "$data/expected.markdown" --prune "$data/live.yaml" "$data/wanted.yaml"
}

@test "stat is one aligned line a document" {
    golden stat "$data/expected.stat" --prune "$data/live.yaml" "$data/wanted.yaml"
}

@test "json is one change a line" {
    golden json "$data/expected.json" --prune "$data/live.yaml" "$data/wanted.yaml"
}

@test "a pipe gets json" {
    run --separate-stderr -1 bp-diff --prune "$data/live.yaml" "$data/wanted.yaml"
    diff -u "$data/expected.json" - <<<"$output"
}

@test "hostile names can't drive a terminal or break out of a code block" {
    golden text "$data/hostile.text" "$data/hostile-live.json" "$data/hostile-wanted.json"
    golden markdown "$data/hostile.markdown" "$data/hostile-live.json" "$data/hostile-wanted.json"
}

@test "no differences: status 0, and a noop for every document" {
    run -0 --separate-stderr bp-diff "$data/live.yaml" "$data/live.yaml"
    assert_equal "${#lines[@]}" 5
    assert_line --index 0 '{"action":"noop","kind":"DockerDeployment","name":"c1-database","diff":{"hasChanges":false}}'
    run -0 --separate-stderr bp-diff -o text "$data/live.yaml" "$data/live.yaml"
    assert_output '0 to create, 0 to update, 0 to delete, 5 unchanged'
    run -0 --separate-stderr bp-diff -o stat "$data/live.yaml" "$data/live.yaml"
    assert_output '0 to create, 0 to update, 0 to delete, 5 unchanged'
}

@test "what the far side sets and how numbers are written is no difference" {
    echo '{"blueprintid":"x","kind":"K","metadata":{"name":"a","generation":4,"createdAt":"0001-01-01T00:00:00Z"},"spec":{"v":2},"status":{"on":1}}' >old.json
    echo '{"spec":{"v":2.0},"metadata":{"labels":{},"name":"a"},"kind":"K"}' >new.json
    run -0 bp-diff old.json new.json
    assert_output '{"action":"noop","kind":"K","name":"a","diff":{"hasChanges":false}}'
}

@test "bp/ignore of a hundred thousand pointers costs no more than those that count" {
    for value in 1 2; do
        jq -cn --argjson v $value '{kind: "K", metadata: {name: "a", annotations:
            {"bp/ignore": [range(100000) | "/spec/m\(.)"] | join(",")}},
            spec: ([range(20000) | {key: "m\(.)", value: $v}] | from_entries)}' >big$value.json
    done
    run -1 --separate-stderr timeout 10 bp-diff -o stat big1.json big2.json
    assert_line --index 0 --regexp '^update K/a .*~19936$'
    run -1 --separate-stderr bp-validate big1.json
    [[ $stderr == *"'bp/ignore' is too long: only 64 pointers"* ]]
}

@test "bp/ignore of either side leaves its pointers out" {
    doc a '{"v":1,"w":1}' ',"annotations":{"bp/ignore":"/spec/v"}' >old.json
    doc a '{"v":2,"w":1}' ',"annotations":{"bp/ignore":"/spec/v"}' >same.json
    doc a '{"v":2,"w":2}' ',"annotations":{"bp/ignore":"/spec/v"}' >other.json
    run -0 bp-diff old.json same.json
    run -1 bp-diff -o text old.json other.json
    assert_line '  ~ spec.w: 1 -> 2'
    refute_output --partial 'spec.v'
}

@test "a change holds what it saw: old with its generation, no status" {
    run -1 --separate-stderr bp-diff "$data/live.yaml" "$data/wanted.yaml"
    run -0 jq -c '[.action, .old.metadata.generation, .old.blueprintid, (.old | has("status")), (.new | has("status"))]' <<<"${lines[0]}"
    assert_output '["update",3,"1f2e3d4c",false,false]'
}

@test "without --prune nothing is deleted that is only in the old state" {
    doc a >old.json
    doc b >>old.json
    doc b >new.json
    run -0 bp-diff old.json new.json
    run -1 bp-diff --prune old.json new.json
    assert_line --index 1 --partial '{"action":"delete","kind":"K","name":"a","old":{"kind":"K"'
}

@test "deletes come last, by kind and name" {
    for name in c a d b; do doc $name; done >old.json
    echo '{"kind":"A","metadata":{"name":"z"}}' >>old.json
    doc n >new.json
    bp-diff --prune old.json new.json >out || [ $? -eq 1 ]
    run -0 jq -r '.action + " " + .kind + "/" + .name' out
    assert_output $'create K/n\ndelete A/z\ndelete K/a\ndelete K/b\ndelete K/c\ndelete K/d'
}

@test "bp/prune: keep is not pruned, but goes when a tombstone says so" {
    doc a '{}' ',"annotations":{"bp/prune":"keep"}' >old.json
    doc b >new.json
    run -1 bp-diff -o text --prune old.json new.json
    assert_line '1 to create, 0 to update, 0 to delete, 0 unchanged, 1 kept by bp/prune'
    echo '{"kind":"K","metadata":{"name":"a"},"deleted":true}' >new.json
    run -1 bp-diff -o text old.json new.json
    assert_line 'delete K/a'
}

@test "a tombstone deletes without --prune, and is a noop where there is nothing" {
    doc a >old.json
    printf '{"kind":"K","metadata":{"name":"%s"},"deleted":true}\n' a z >new.json
    run -1 bp-diff old.json new.json
    assert_line --index 0 --partial '{"action":"delete","kind":"K","name":"a"'
    assert_line --index 1 '{"action":"noop","kind":"K","name":"z","diff":{"hasChanges":false}}'
}

@test "an empty new state is refused, unless it is meant" {
    doc a >old.json
    mkdir none
    for new in none -; do
        run -2 --separate-stderr bp-diff --prune old.json "$new" </dev/null
        [ -z "$output" ]
        [[ $stderr == *"'$new' has no documents"*--allow-empty* ]]
    done
    # A file of nothing may be one that was cut off.
    : >empty.json
    run -2 --separate-stderr bp-diff --prune old.json empty.json
    [ -z "$output" ]
    run -0 bp-diff --allow-empty old.json none
    assert_output ''
    run -1 bp-diff --prune --allow-empty old.json none
    assert_output --partial '"action":"delete"'
}

@test "an empty old state means that everything is new" {
    mkdir none
    doc a >new.json
    run -1 bp-diff -o text none new.json
    assert_line 'create K/a'
}

@test "a store that is not there yet is an empty old state, and no new state" {
    doc a >new.json
    run -1 --separate-stderr bp-diff -o text dir:store new.json
    assert_line 'create K/a'
    [[ $stderr == *"'dir:store' is no store yet"* ]]
    [ ! -e store ]
    run -2 --separate-stderr bp-diff new.json dir:store
    [ -z "$output" ]
    # Something else in its place is trouble, not a store to come.
    run -2 --separate-stderr bp-diff dir:new.json new.json
    [ -z "$output" ]
    [[ $stderr == *"store 'new.json': it is no directory"* ]]
}

@test "cut-off or malformed input gives status 2 and no output" {
    doc a >old.json
    { doc a '{"v":1}'; printf '{"kind":"K","metadata":{"na'; } >cut.json
    { doc a '{"v":1}'; echo '{"kind":"K",}'; } >bad.json
    printf 'kind: K\nmetadata: {name: a}\nspec: [\n' >bad.yaml
    for format in json text markdown stat; do
        for new in cut.json bad.json bad.yaml; do
            run -2 --separate-stderr bp-diff --prune -o $format old.json $new
            [ -z "$output" ]
            [[ $stderr == $new:[1-9]*:\ error:* ]]
            run -2 --separate-stderr bp-diff -o $format $new old.json
            [ -z "$output" ]
        done
    done
    run -2 --separate-stderr bp-diff old.json - <cut.json
    [ -z "$output" ]
}

@test "a state that is not there gives status 2" {
    doc a >old.json
    run -2 --separate-stderr bp-diff old.json nowhere
    [[ $stderr == *nowhere*"No such file"* ]]
    run -2 --separate-stderr bp-diff nowhere old.json
    [ -z "$output" ]
}

@test "two documents of one identity are a finding, with both places" {
    doc a >old.json
    { doc b; doc a '{"v":1}'; doc a '{"v":2}'; } >new.json
    run -2 --separate-stderr bp-diff old.json new.json
    [ -z "$output" ]
    [[ $stderr == "new.json:3:1: error: 'K/a' is twice in the new state; the first is at new.json:2 [duplicate-document]" ]]
    run -2 --separate-stderr bp-diff new.json old.json
    [[ $stderr == *"twice in the old state"* ]]
}

@test "findings go to a report as well" {
    { doc a; doc a; echo '{"kind":"K"}'; } >new.json
    run -2 bp-diff --report report.jsonl new.json new.json
    run -0 jq -r .rule report.jsonl
    assert_line --index 0 duplicate-document
    assert_line identity
}

@test "wrong usage gives status 2" {
    doc a >old.json
    run -2 bp-diff old.json
    run -2 bp-diff old.json old.json old.json
    run -2 bp-diff - - </dev/null
    assert_output --partial 'standard input'
    run -2 bp-diff -o xml old.json old.json
    run -2 bp-diff --no-such-option old.json old.json
}

@test "standard input can be either side" {
    doc a '{"v":1}' >old.json
    doc a '{"v":2}' >new.json
    run -1 bp-diff -o text - new.json <old.json
    assert_line '  ~ spec.v: 1 -> 2'
    run -1 bp-diff -o text old.json - <new.json
    assert_line '  ~ spec.v: 1 -> 2'
}

@test "secrets are in no text and in no field change" {
    for format in text markdown stat; do
        bp-diff --prune -o $format "$data/live.yaml" "$data/wanted.yaml" >out || [ $? -eq 1 ]
        run -1 grep -E 'correct-horse|staple-battery|battery-staple' out
    done
    bp-diff --prune "$data/live.yaml" "$data/wanted.yaml" | jq -c .diff >out
    run -1 grep -E 'correct-horse|staple-battery|battery-staple' out
    run -0 grep -c 'secret #1' out
}

# shellcheck disable=SC2016
@test "equal secrets have equal numbers in a run, references are shown" {
    doc a '{"password":"p1","user":{"token":"p2"}}' >old.json
    doc a '{"password":"p2","user":{"token":"${secret:T}"}}' >new.json
    doc b '{"key":"-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n"}' >>new.json
    run -1 bp-diff -o text old.json new.json
    assert_line '  ~ spec.password: "(secret #1)" -> "(secret #2)"'
    assert_line '  ~ spec.user.token: "(secret #2)" -> "${secret:T}"'
    refute_output --partial MII
    refute_output --partial p1
}

@test "colour only on a terminal, and never with NO_COLOR" {
    requires script
    doc a '{"v":1}' >old.json
    doc a '{"v":2}' >new.json
    run -1 env -u NO_COLOR TERM=xterm bp-diff -o text old.json new.json
    refute_output --partial $'\e['
    run -1 env -u NO_COLOR TERM=xterm script -qec 'bp-diff old.json new.json' /dev/null
    assert_output --partial $'\e['
    assert_output --partial '~ spec.v: 1 -> 2'
    run -1 env NO_COLOR=1 TERM=xterm script -qec 'bp-diff old.json new.json' /dev/null
    refute_output --partial $'\e['
    assert_output --partial '~ spec.v: 1 -> 2'
}

@test "long values are cut around what differs" {
    long=$(printf 'x%.0s' {1..500})
    doc a "{\"v\":\"${long}1$long\"}" >old.json
    doc a "{\"v\":\"${long}2$long\"}" >new.json
    run -1 bp-diff -o text old.json new.json
    [ "${#lines[1]}" -lt 200 ]
    assert_line --index 1 --regexp 'x1x.*-> .*x2x'
}

@test "ten thousand documents, one of them changed" {
    jq -nc 'range(10000) | {kind: "K", metadata: {name: "d\(.)"}, spec: {v: ., l: [range(20)]}}' >old.json
    jq -c 'if .metadata.name == "d5000" then .spec.l[7] = "x" else . end' old.json >new.json
    run -1 bp-diff --prune -o text old.json new.json
    assert_output $'update K/d5000\n  ~ spec.l[7]: 7 -> "x"\n0 to create, 1 to update, 0 to delete, 9999 unchanged'
    run -1 bp-diff --prune -o stat new.json old.json
    assert_line 'update K/d5000 | 1 +0 -0 ~1'
}

@test "a document of a megabyte of small differences takes no time" {
    jq -nc '{kind: "K", metadata: {name: "a"}, spec: {l: [range(60000) | . % 7]}}' >old.json
    jq -nc '{kind: "K", metadata: {name: "a"}, spec: {l: [range(60000) | . % 5]}}' >new.json
    SECONDS=0
    run -1 timeout 60 bp-diff -o stat old.json new.json
    [ "$SECONDS" -lt 30 ]
}

@test "the same states give the same bytes" {
    bp-diff --prune "$data/live.yaml" "$data/wanted.yaml" >one || [ $? -eq 1 ]
    bp-diff --prune "$data/live.yaml" "$data/wanted.yaml" >two || [ $? -eq 1 ]
    cmp one two
}

@test "a directory and a stream of the same documents are the same state" {
    mkdir -p d/sub
    doc a >d/a.json
    printf 'kind: K\nmetadata: {name: b}\nspec: {}\n' >d/sub/b.yaml
    { doc b; doc a; } >stream.json
    run -0 bp-diff --prune d stream.json
    run -0 bp-diff --prune stream.json d
}

@test "a git revision can be either side" {
    requires git bp-get
    git init -q -b main repo
    git -C repo config user.name T
    git -C repo config user.email t@example.org
    doc a '{"v":1}' >repo/a.json
    git -C repo add . && git -C repo commit -qm one
    doc a '{"v":2}' >repo/a.json
    git -C repo commit -qam two
    run -1 bp-diff -o text 'git:repo#main~1' git:repo
    assert_line '  ~ spec.v: 1 -> 2'
    run -0 bp-diff git:repo repo/a.json
    run -2 --separate-stderr bp-diff 'git:repo#nosuch' git:repo
    [ -z "$output" ]
}

@test "no libgit2 and no libcurl are loaded" {
    requires ldd
    run -0 ldd "$BP_BUILD/bp-diff"
    refute_output --partial git2
    refute_output --partial curl
}

@test "an empty OLD from a pipe is refused: its producer may have failed" {
    printf '{"kind":"K","metadata":{"name":"a"},"spec":{}}\n' >"$BATS_TEST_TMPDIR/new.json"
    run --separate-stderr bp-diff - "$BATS_TEST_TMPDIR/new.json" </dev/null
    assert_failure 2
    assert_output ""
    assert_equal "$stderr" "bp-diff: error: state '-' has no documents: if that is meant, say --allow-empty"
    run --separate-stderr bp-diff --allow-empty - "$BATS_TEST_TMPDIR/new.json" </dev/null
    assert_failure 1
}
