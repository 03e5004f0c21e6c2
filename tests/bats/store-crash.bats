#!/usr/bin/env bats
# The embedded store under bp-apply: stopped at every call that changes a file, a full disk at every call, a
# file size limit, a directory that can't be written, a second writer, kill -9 at any time.

load helpers

setup_file() {
    [ -r "$BP_BUILD/crash.so" ] || skip "no crash.so: make units"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    cat >old.yaml <<'END'
kind: K
metadata: {name: up}
spec: {x: 1}
---
kind: K
metadata: {name: gone}
spec: {x: 1}
---
kind: K
metadata: {name: meta}
spec: {}
END
    cat >new.yaml <<'END'
kind: K
metadata: {name: up}
spec: {x: 2}
---
kind: K
metadata: {name: meta, labels: {a: b}}
spec: {}
---
kind: L
metadata: {name: new}
spec: {x: 1}
END
    mkdir base
    apply base old.yaml
    changes base new.yaml >changes.jsonl
}

# What makes store $1 to be as file $2.
changes() {
    bp-diff --prune "dir:$1" "$2" || [ $? -eq 1 ]
}

# Makes it so.
apply() {
    changes "$1" "$2" >"$1.changes"
    bp-apply -q --allow-empty -t "dir:$1" "$1.changes" >/dev/null
}

# Applies changes.jsonl to store $1; call number $2 goes wrong in the way $3. Sets `ended`.
apply_disturbed() {
    local asan=$ASAN_OPTIONS:verify_asan_link_order=0
    ended=0
    LD_PRELOAD=$BP_BUILD/crash.so CRASH_AT=$2 CRASH_HOW=$3 ASAN_OPTIONS=$asan \
        bp-apply -t "dir:$1" changes.jsonl >said.out 2>said.err || ended=$?
}

# What is live is old or new as a whole, and the newest entry of each history says what is live.
assert_sound() {
    bp-get "dir:$1" >live.jsonl
    bp-get --history "dir:$1" >history.jsonl
    run -0 jq -n -r --slurpfile live live.jsonl --slurpfile history history.jsonl '
        def key: .kind + "/" + (.metadata.name // .name);
        ($live | map({key: key, value: .}) | from_entries) as $l
        | (reduce $history[] as $h ({}; if has($h | key) then . else .[$h | key] = $h end)) as $n
        | ($l | to_entries[]
           | select((.key | in($n) | not)
                    or $n[.key].changetype == "delete"
                    or $n[.key].generation != (.value.metadata.generation // 0)
                    or $n[.key].spec != .value.spec)
           | "live, but not in history: " + .key),
          ($n | to_entries[]
           | select((.key | in($l) | not) and .value.changetype != "delete")
           | "in history, but not live: " + .key),
          ($l["K/up"] | select([.metadata.generation // 0, .spec.x] | IN([0, 1], [1, 2]) | not)
           | "K/up is neither old nor new"),
          (if $l["K/meta"] then empty else "K/meta is lost" end)'
    assert_output ''
}

# The next run goes on and ends where an undisturbed one does.
assert_completes() {
    apply "$1" new.yaml
    run -0 bp-diff --prune "dir:$1" new.yaml
    run -0 find "$1/tmp" -mindepth 1
    assert_output ''
    bp-get --history "dir:$1" >history.jsonl
    run -0 jq -r '[.kind, .name, .generation, .changetype] | join(" ")' history.jsonl
    assert_output "$(printf '%s\n' 'K gone 0 delete' 'K gone 0 create' 'K meta 0 create' \
        'K up 1 update' 'K up 0 create' 'L new 0 create')"
}

# $1: how; goes on until the command is no longer disturbed.
disturb_everywhere() {
    local n
    for ((n = 1; n < 500; n++)); do
        rm -rf store
        cp -a base store
        apply_disturbed store $n "$1"
        assert_sound store
        [ $ended -eq 137 ] || break
        assert_completes store
    done
    echo "survived at call $n with status $ended"
    assert_equal "$ended" 0
    ((n > 20))
}

@test "killed at any call: old or new, and the next run completes" {
    disturb_everywhere exit
}

@test "killed in the middle of any write: old or new, and the next run completes" {
    disturb_everywhere half
}

@test "disk full from any call on: told, nothing half, and the next run completes" {
    local n
    for ((n = 1; n < 60; n += 2)); do
        rm -rf store
        cp -a base store
        apply_disturbed store $n full
        assert_sound store
        if [ $ended -ne 0 ]; then
            ((ended == 1 || ended == 2))
            run -0 cat said.out said.err
            assert_output --partial 'No space left on device'
        fi
        assert_completes store
    done
}

@test "disk full before anything is live changes nothing" {
    cp -a base store
    bp-get dir:store >before.jsonl
    apply_disturbed store 4 full
    ((ended == 1 || ended == 2))
    bp-get dir:store >after.jsonl
    assert_equal "$(<after.jsonl)" "$(<before.jsonl)"
}

@test "a file size limit is a message and changes nothing" {
    cp -a base store
    jq -n -c '{action: "create", kind: "K", name: "big", diff: {specChanges: [], metadataChanges: [],
        hasChanges: true}, new: {kind: "K", metadata: {name: "big"}, spec: {s: ("x" * 100000)}}}' \
        >big.jsonl
    bp-get dir:store >before.jsonl
    run bash -c 'ulimit -f 32; bp-apply -t dir:store big.jsonl'
    ((status == 1 || status == 2))
    assert_output --partial 'File too large'
    bp-get dir:store >after.jsonl
    assert_equal "$(<after.jsonl)" "$(<before.jsonl)"
    assert_sound store
}

@test "a directory that can't be written is a message and changes nothing" {
    cp -a base store
    chmod -R a-w store
    local as=()
    # Root writes everywhere unless the right to do so is taken away.
    if [ "$(id -u)" -eq 0 ]; then
        requires setpriv
        as=(setpriv --bounding-set=-dac_override)
    fi
    run "${as[@]}" bp-apply -t dir:store changes.jsonl
    assert_equal "$status" 2
    assert_output --partial "store 'store': open lock 'lock': Permission denied"
    run -0 "${as[@]}" bp-get dir:store
    chmod -R u+w store
    assert_sound store
}

@test "a second writer waits, then is told who holds the store" {
    cp -a base store
    flock store/lock sleep 5 &
    local holder=$!
    sleep 0.3
    run -75 bp-apply --lock-timeout 1 -t dir:store changes.jsonl
    assert_output --partial "locked by"
    run -0 bp-get dir:store
    kill "$holder"
    wait "$holder" || true
}

@test "kill -9 at any time leaves old or new" {
    local i pid
    for i in {1..25}; do
        rm -rf store
        cp -a base store
        bp-apply -t dir:store changes.jsonl >said.out 2>&1 &
        pid=$!
        sleep "0.00$((i / 3))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" || true
        assert_sound store
        assert_completes store
    done
}
