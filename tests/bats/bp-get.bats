#!/usr/bin/env bats
# bp-get: documents out of states, filters, formats, history.

load helpers

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    cat >docs.yaml <<'END'
kind: K
metadata: {name: web-1, locationname: site-a, generation: 3}
spec: {image: "nginx:1.27", replicas: 2}
---
kind: K
metadata: {name: web-2}
spec: {ratio: 1.10}
---
kind: L
metadata: {name: db}
spec: {}
END
}

# A store that has seen: create of all, an update of web-1, a delete of db.
make_store() {
    mkdir store
    bp-diff dir:store docs.yaml >create.jsonl || [ $? -eq 1 ]
    bp-apply -q -t dir:store create.jsonl >/dev/null
    bp-get docs.yaml >docs.jsonl
    jq -c 'select(.kind == "K") | if .metadata.name == "web-1" then .spec.replicas = 5 else . end' \
        docs.jsonl >next.jsonl
    bp-diff --prune dir:store next.jsonl >update.jsonl || [ $? -eq 1 ]
    bp-apply -q -t dir:store update.jsonl >/dev/null
}

@test "documents of a file come out as JSON lines, numbers as they were" {
    run -0 --separate-stderr bp-get docs.yaml
    assert_equal "${#lines[@]}" 3
    assert_equal "${lines[1]}" '{"kind":"K","metadata":{"name":"web-2"},"spec":{"ratio":1.10}}'
    assert_equal "$stderr" ""
}

@test "without a state standard input is read" {
    run -0 bp-get -N db <docs.yaml
    assert_output '{"kind":"L","metadata":{"name":"db"},"spec":{}}'
    run -0 bp-get -N db - <docs.yaml
    assert_output '{"kind":"L","metadata":{"name":"db"},"spec":{}}'
}

@test "filters by kind and by a glob over the name" {
    run -0 bp-get -K K docs.yaml
    assert_equal "${#lines[@]}" 2
    run -0 bp-get -N 'web-*' docs.yaml
    assert_equal "${#lines[@]}" 2
    run -0 bp-get -K K -N '*[2-9]' docs.yaml
    assert_output --partial '"web-2"'
    assert_equal "${#lines[@]}" 1
}

@test "a filter that matches nothing is the answer no" {
    run -1 --separate-stderr bp-get -N nginx docs.yaml
    assert_output ''
    assert_equal "$stderr" 'bp-get: no document matches'
    run -1 bp-get -q -K Other docs.yaml
    assert_output ''
}

@test "an empty state is no error" {
    mkdir empty
    run -0 bp-get empty
    assert_output ''
    run -0 bp-get dir:empty
    assert_output ''
}

@test "a store is read back with generations" {
    make_store
    run -0 --separate-stderr bp-get dir:store
    assert_equal "${#lines[@]}" 2
    run -0 jq -r '[.metadata.name, .metadata.generation // 0, .spec.replicas] | @csv' <<<"$output"
    assert_output $'"web-1",1,5\n"web-2",0,'
}

@test "-o text is a table" {
    run -0 bp-get -o text docs.yaml
    assert_output "$(printf '%s\n' \
        'KIND  NAME   LOCATION  GENERATION' \
        'K     web-1  site-a    3' \
        'K     web-2  -         0' \
        'L     db     -         0')"
}

@test "-o text does not let a name drive the terminal" {
    printf '%s' '{"kind":"K","metadata":{"name":"a\u001b[2J\nb"}}' >evil.json
    run -0 bp-get -o text evil.json
    assert_line --index 1 'K     a\x1b[2J\nb  -         0'
}

@test "-o yaml reads back as the same documents" {
    bp-get -o yaml docs.yaml >out.yaml
    run -0 grep -c -- '^---$' out.yaml
    assert_output 2
    bp-get docs.yaml >docs.jsonl
    run -0 bp-get out.yaml
    assert_equal "$(jq -S -c . <<<"$output")" "$(jq -S -c . docs.jsonl)"
}

@test "--history shows what was, newest first, of deleted documents too" {
    make_store
    run -0 bp-get --history dir:store
    run -0 jq -r '[.name, .generation, .changetype] | join(" ")' <<<"$output"
    assert_output "$(printf '%s\n' 'web-1 1 update' 'web-1 0 create' 'web-2 0 create' \
        'db 0 delete' 'db 0 create')"
    run -0 bp-get --history -K L -N db -o text dir:store
    assert_line --index 0 --regexp '^TIME +KIND +NAME +GENERATION +CHANGE +BY$'
    assert_line --index 1 --regexp '^20[0-9-]+T[0-9:.]+Z +L +db +0 +delete +'
    assert_equal "${#lines[@]}" 3
    run -1 bp-get -q --history -N nothing dir:store
}

@test "--history needs a store" {
    run -2 bp-get --history docs.yaml
    assert_line --index 0 "bp-get: error: 'docs.yaml' keeps no history: --history needs a state dir:PATH"
    run -2 bp-get --history
    assert_line --index 0 'bp-get: error: --history needs a state dir:PATH'
}

@test "an identity that is there twice is told with both places" {
    cp docs.yaml again.yaml
    run -1 --separate-stderr bp-get docs.yaml again.yaml
    assert_output ''
    assert_equal "${#stderr_lines[@]}" 3
    assert_equal "${stderr_lines[1]}" "again.yaml:5:1: error: 'K/web-2' is at docs.yaml:5 already:\
 an identity must be there once [duplicate-identity]"
}

@test "a slash in a kind or a name makes no two documents one" {
    printf '%s\n' '{"kind":"a/b","metadata":{"name":"c"}}' '{"kind":"a","metadata":{"name":"b/c"}}' \
        >slash.json
    run -0 bp-get slash.json
    assert_equal "${#lines[@]}" 2
}

@test "the output is whole or nothing" {
    printf '{"kind":"K","metadata":{"name":"a"}}\n{"kind":"K",' >cut.jsonl
    run -2 --separate-stderr bp-get docs.yaml cut.jsonl
    assert_output ''
    assert_equal "${#stderr_lines[@]}" 1
    [[ ${stderr_lines[0]} == cut.jsonl:2:* ]]
    run -2 --separate-stderr bp-get docs.yaml missing.json
    assert_output ''
    [[ $stderr == *missing.json* ]]
    printf '{"metadata":{"name":"a"}}' >nokind.json
    run -2 --separate-stderr bp-get docs.yaml nokind.json
    assert_output ''
    [[ $stderr == "nokind.json:1:1: error: "*"'kind'"* ]]
}

@test "unknown state words are refused, paths with colons are not" {
    run -2 bp-get oci:registry/image
    assert_output --partial "state word 'oci:' is not supported"
    assert_output --partial 'dir:, git:, PATH, -'
    run -2 bp-get colonies+https://host/colony
    assert_output --partial "state word 'colonies+https:' is not supported"
    cp docs.yaml zip:x.yaml
    run -2 bp-get zip:x.yaml
    assert_output --partial "write './zip:x.yaml' for a file of that name"
    run -0 bp-get -N db ./zip:x.yaml
    run -2 bp-get ''
    assert_output --partial 'the word for a state is empty'
    run -2 bp-get dir:
    assert_output --partial "'dir:' needs the path of a store: dir:PATH"
}

@test "a store that is missing, foreign or newer is refused" {
    run -2 bp-get dir:nowhere
    assert_output "bp-get: error: store 'nowhere': there is none (what writes to it makes it,\
 bp-apply for one)"
    run -2 bp-get dir:.
    assert_output "bp-get: error: store '.': the directory holds no store (no file 'bp-store' in it)"
    mkdir newer
    echo 2 >newer/bp-store
    run -2 bp-get dir:newer
    assert_output "bp-get: error: store 'newer': its format is 2, this bp knows format 1: use a newer bp"
}

@test "a damaged document is told, with the way back, and nothing comes out" {
    make_store
    echo '{' >store/docs/K/web-2.json
    run -2 --separate-stderr bp-get dir:store
    assert_output ''
    [[ $stderr == *"damaged document in the store: 'store/docs/K/web-2.json', line "* ]]
    [[ $stderr == *"its versions are in 'store/history/K/web-2.jsonl'"* ]]
    run -0 bp-get --history -N web-2 dir:store
    assert_output --partial '"spec":{"ratio":1.10}'
}

@test "a full standard output is trouble, a closed pipe is not" {
    run -2 bash -c 'bp-get docs.yaml >/dev/full'
    assert_output --partial 'No space left on device'
    for i in {1..5000}; do
        echo '{"kind":"K","metadata":{"name":"a'"$i"'"},"spec":{"text":"some text, some more"}}'
    done >many.jsonl
    run -0 --separate-stderr bash -c 'bp-get many.jsonl | head -n 1; echo "${PIPESTATUS[0]}"'
    assert_line --index 0 --partial '"a1"'
    assert_line --index 1 --regexp '^(0|141)$'
    assert_equal "$stderr" ''
}

@test "git: states are read, also by commands that run bp-get for it" {
    requires git
    git init -q -b main repo
    cp docs.yaml repo/
    git -C repo add docs.yaml
    git -C repo -c user.name=a -c user.email=a@example.org commit -q -m first
    bp-get docs.yaml >docs.jsonl
    run -0 bp-get git:repo
    assert_output "$(<docs.jsonl)"
    run -0 bp-diff git:repo docs.yaml
    run -2 --separate-stderr bp-diff git:nowhere docs.yaml
    assert_output ''
    [[ $stderr == *"nowhere"*"bp-diff: error: 'git:nowhere' could not be read"* ]]
}

@test "a bp-get that fails late makes its reader fail" {
    mkdir bin
    cp "$BP_BUILD/bp-validate" bin/
    cat >bin/bp-get <<'END'
#!/bin/sh
echo '{"kind":"K","metadata":{"name":"a","colonyname":"c"},"spec":{}}'
exit "$FAKE_STATUS"
END
    chmod +x bin/bp-get
    FAKE_STATUS=0 run -0 --separate-stderr bin/bp-validate -o json git:any
    assert_equal "${#lines[@]}" 1
    FAKE_STATUS=3 run -2 --separate-stderr bin/bp-validate -o json git:any
    assert_output ''
    [[ $stderr == *"'git:any' could not be read: bp-get ended with status 3"* ]]
}

@test "usage errors are 2" {
    run -2 bp-get --no-such docs.yaml
    run -2 bp-get -o xml docs.yaml
    run -2 bp-get -K A -K B docs.yaml
}

@test "a store or a repository without its scheme is not read as a directory" {
    printf '{"kind":"K","metadata":{"name":"a"},"spec":{}}\n' >"$BATS_TEST_TMPDIR/a.json"
    bp-diff "dir:$BATS_TEST_TMPDIR/store" "$BATS_TEST_TMPDIR/a.json" 2>/dev/null |
        bp-apply -q -t "dir:$BATS_TEST_TMPDIR/store" >/dev/null
    run --separate-stderr bp-get "$BATS_TEST_TMPDIR/store"
    assert_failure 2
    assert_equal "$stderr" "bp-get: error: '$BATS_TEST_TMPDIR/store' is a store: write dir:$BATS_TEST_TMPDIR/store"
    git init -q --bare "$BATS_TEST_TMPDIR/site.git"
    run --separate-stderr bp-get "$BATS_TEST_TMPDIR/site.git"
    assert_failure 2
    assert_equal "$stderr" "bp-get: error: '$BATS_TEST_TMPDIR/site.git' is a Git repository: write git:$BATS_TEST_TMPDIR/site.git"
}
