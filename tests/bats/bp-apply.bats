# bp-apply on a dir: store.

load helpers

setup() {
    data=$BP_ROOT/testdata/apply
    store=$BATS_TEST_TMPDIR/store
}

# apply ARGUMENT...: bp-apply on the store of this test, results in $output, remarks in $stderr.
apply() {
    run --separate-stderr bp-apply -t "dir:$store" "$@"
}

# names RESULT: the names with this result, in order of execution.
names() {
    jq -r --arg result "$1" 'select(.result == $result).name' <<<"$output" | paste -sd ' '
}

# live NAME: a live document.
live() {
    cat "$store/docs/DockerDeployment/$1.json"
}

# checksum: one line that says all about the content of the store.
checksum() {
    (cd "$store" && find . -type f ! -name lock -exec sha256sum {} + | sort | sha256sum)
}

# create NAME [DEPENDS]: a Change.
create() {
    jq -cn --arg n "$1" --arg d "${2-}" '{action: "create", kind: "K", name: $n,
        new: {kind: "K", metadata: {name: $n, annotations: {"bp/depends-on": $d}}, spec: {a: 1}}}'
}

# delete NAME: a Change that deletes what create made.
delete() {
    create "$@" | jq -c '{action: "delete", kind, name, old: .new}'
}

# chain N: creates of N documents, each depending on the one before, so that a run takes a while.
chain() {
    jq -cn --argjson n "$1" 'range($n) | {action: "create", kind: "K", name: "n\(.)",
        new: {kind: "K", metadata: {name: "n\(.)",
            annotations: (if . > 0 then {"bp/depends-on": "n\(. - 1)"} else {} end)}}}'
}

# wait_for FILE: until something was written into it.
wait_for() {
    local i
    for ((i = 0; i < 1000; i++)); do
        [ -s "$1" ] && return
        sleep 0.01
    done
    return 1
}

@test "a cloud of seven is created in the order of its dependencies" {
    apply "$data/arrowhead.jsonl"
    assert_success
    assert_equal "$stderr" "bp-apply: 8 applied"
    assert_equal "$(names applied)" "docker-deployment mysql serviceregistry authorization \
eventhandler orchestrator gatekeeper gateway"
    assert_equal "$(jq -r '.generation' <<<"$output" | sort -u)" 0
    run jq -e '.spec.replicas == 1 and (.blueprintid | length) == 64' <(live orchestrator)
    assert_success
}

@test "applying twice changes nothing" {
    apply "$data/arrowhead.jsonl"
    before=$(checksum)
    apply "$data/arrowhead.jsonl"
    assert_success
    assert_equal "$stderr" "bp-apply: 8 unchanged"
    assert_equal "$(checksum)" "$before"
}

@test "an update raises the generation and keeps id and status" {
    apply "$data/arrowhead.jsonl"
    id=$(live orchestrator | jq -r .blueprintid)
    live orchestrator | jq '.status = {ready: 1}' >"$BATS_TEST_TMPDIR/with-status"
    cp "$BATS_TEST_TMPDIR/with-status" "$store/docs/DockerDeployment/orchestrator.json"
    apply "$data/scale-out.jsonl"
    assert_success
    assert_output '{"action":"update","kind":"DockerDeployment","name":"orchestrator","result":"applied","generation":1}'
    run jq -e --arg id "$id" '.blueprintid == $id and .status.ready == 1 and .spec.replicas == 3 and
        .metadata.generation == 1' <(live orchestrator)
    assert_success
    apply "$data/scale-out.jsonl"
    assert_success
    assert_equal "$stderr" "bp-apply: 1 unchanged"
}

@test "a change whose live side has moved is a conflict" {
    apply "$data/arrowhead.jsonl"
    before=$(checksum)
    apply "$data/stale.jsonl"
    assert_failure 1
    assert_output '{"action":"update","kind":"DockerDeployment","name":"orchestrator","result":"conflict","generation":0,"message":"has changed since the diff at /spec/replicas"}'
    assert_equal "${stderr_lines[0]}" "bp-apply: 1 conflict"
    assert_equal "$(checksum)" "$before"
}

@test "a conflict by generation names both" {
    apply "$data/arrowhead.jsonl"
    jq -c --slurpfile live <(live orchestrator) '.old = $live[0]' "$data/scale-out.jsonl" \
        >"$BATS_TEST_TMPDIR/change"
    apply "$data/scale-out.jsonl"
    jq -c '.new.spec.replicas = 5' "$BATS_TEST_TMPDIR/change" >"$BATS_TEST_TMPDIR/late"
    apply "$BATS_TEST_TMPDIR/late"
    assert_failure 1
    assert_equal "$(jq -r .message <<<"$output")" "has moved since the diff: generation 0 -> 1"
}

@test "what was deleted since is a conflict for an update and nothing to do for a delete" {
    apply "$data/scale-out.jsonl"
    assert_failure 1
    assert_equal "$(jq -r .message <<<"$output")" "was deleted since the diff"
    apply "$data/remove.jsonl"
    assert_success
    assert_equal "$stderr" "bp-apply: 8 unchanged"
}

@test "deletes go the other way round" {
    apply "$data/arrowhead.jsonl"
    apply "$data/remove.jsonl"
    assert_success
    assert_equal "$(names applied)" "gateway gatekeeper orchestrator eventhandler authorization \
serviceregistry mysql docker-deployment"
    run find "$store/docs" -name '*.json'
    assert_output ""
}

@test "what a live document needs is not deleted" {
    apply "$data/arrowhead.jsonl"
    jq -c 'select(.name == "mysql")' "$data/remove.jsonl" >"$BATS_TEST_TMPDIR/change"
    apply "$BATS_TEST_TMPDIR/change"
    assert_failure 1
    assert_equal "$(jq -r .message <<<"$output")" "still needed by 'DockerDeployment/authorization'"
    apply --force-delete "$BATS_TEST_TMPDIR/change"
    assert_success
    assert [ ! -e "$store/docs/DockerDeployment/mysql.json" ]
}

@test "a secret stays a reference" {
    apply "$data/arrowhead.jsonl"
    assert_equal "$(live mysql | jq -r .spec.env.MYSQL_ROOT_PASSWORD)" "\${secret:mysql-root}"
}

@test "a dry run says what would happen and writes nothing" {
    apply -n "$data/arrowhead.jsonl"
    assert_success
    assert_equal "$(names applied | wc -w)" 8
    assert_equal "$(jq -r .dryRun <<<"$output" | sort -u)" true
    assert_equal "$stderr" "bp-apply: 8 applied (dry run, nothing was written)"
    assert [ ! -e "$store" ]

    apply "$data/arrowhead.jsonl"
    before=$(checksum)
    apply --dry-run "$data/scale-out.jsonl"
    assert_success
    assert_equal "$(jq -r .generation <<<"$output")" 1
    apply -n "$data/stale.jsonl"
    assert_failure 1
    assert_equal "$(checksum)" "$before"
}

@test "text is aligned, and harmless to a terminal" {
    { create a; create a-longer-name a; create $'\e[31m'; } >"$BATS_TEST_TMPDIR/changes"
    apply -o text "$BATS_TEST_TMPDIR/changes"
    assert_success
    assert_output 'applied    create  K/a              generation 0
applied    create  K/\x1b[31m       generation 0
applied    create  K/a-longer-name  generation 0'
    apply -n -o text <(delete a-longer-name a)
    assert_output 'planned    delete  K/a-longer-name  generation 0'
}

@test "a cycle is named and nothing is applied" {
    apply "$data/cycle.jsonl"
    assert_failure 2
    assert_output ""
    assert_equal "$stderr" "bp-apply: error: nothing was applied: dependency cycle: \
DockerDeployment/mysql -> DockerDeployment/gateway -> DockerDeployment/gatekeeper -> \
DockerDeployment/serviceregistry -> DockerDeployment/mysql"
    assert [ ! -e "$store" ]
}

@test "a failed document holds back its dependents and nothing else" {
    mkdir -p "$store/docs/DockerDeployment/authorization.json"
    printf '1\n' >"$store/bp-store"
    apply "$data/arrowhead.jsonl"
    assert_failure 1
    assert_equal "$(names failed)" "authorization"
    assert_equal "$(names skipped)" "eventhandler orchestrator gatekeeper gateway"
    assert_equal "$(names applied)" "docker-deployment mysql serviceregistry"
    assert_equal "$(jq -r 'select(.name == "orchestrator").message' <<<"$output")" \
        "depends on 'DockerDeployment/authorization', which failed"
    assert_equal "$(jq -r 'select(.name == "gateway").message' <<<"$output")" \
        "depends on 'DockerDeployment/gatekeeper', which was skipped"
    assert_equal "$stderr" "bp-apply: 3 applied, 1 failed, 4 skipped"

    rmdir "$store/docs/DockerDeployment/authorization.json"
    apply "$data/arrowhead.jsonl"
    assert_success
    assert_equal "$stderr" "bp-apply: 5 applied, 3 unchanged"
}

@test "a failure that shows only when a batch becomes durable spares the rest of the batch" {
    mkdir -p "$store/history/K/b.jsonl"
    printf '1\n' >"$store/bp-store"
    { create a; create b; create c; create d b; } >"$BATS_TEST_TMPDIR/changes"
    apply "$BATS_TEST_TMPDIR/changes"
    assert_failure 1
    assert_equal "$(names applied)" "a c"
    assert_equal "$(names failed)" "b"
    assert_equal "$(names skipped)" "d"
    assert [ -e "$store/docs/K/a.json" ]
    assert [ -e "$store/docs/K/c.json" ]
    assert [ ! -e "$store/docs/K/b.json" ]
}

@test "a dependency that exists nowhere fails" {
    apply <(create a nowhere)
    assert_failure 1
    assert_equal "$(jq -r '.result + ": " + .message' <<<"$output")" \
        "failed: depends on 'K/nowhere', which does not exist"
    assert [ ! -e "$store/docs/K/a.json" ]
}

@test "malformed changes are found with positions and nothing is applied" {
    apply "$data/malformed.jsonl"
    assert_failure 2
    assert_output ""
    assert_regex "$stderr" "malformed.jsonl:2:11: error: 'action' must be create, update, delete or noop"
    assert_regex "$stderr" "malformed.jsonl:3:69: error: .*gatekeeper"
    assert_regex "$stderr" "bp-apply: error: nothing was applied: the changes have errors"
    assert [ ! -e "$store" ]
}

@test "a stream that was cut off is refused" {
    apply <"$data/cut-off.jsonl"
    assert_failure 2
    assert_regex "$stderr" "2:329: error: .*unexpected end of input"
    assert [ ! -e "$store" ]
    apply --allow-empty <"$data/cut-off.jsonl"
    assert_failure 2
    assert [ ! -e "$store" ]
}

@test "an empty stream is refused unless it is allowed" {
    apply </dev/null
    assert_failure 2
    assert_regex "$stderr" "there are no changes"
    apply --allow-empty </dev/null
    assert_success
    assert_output ""
    assert_equal "$stderr" "bp-apply: nothing to do"
    assert [ ! -e "$store" ]
}

@test "two changes to one document are refused" {
    apply --report "$BATS_TEST_TMPDIR/report" "$data/duplicate.jsonl"
    assert_failure 2
    assert_regex "$stderr" "duplicate.jsonl:2:1: error: a second change to 'DockerDeployment/mysql'"
    assert_equal "$(jq -r .rule "$BATS_TEST_TMPDIR/report")" duplicate
    apply "$data/arrowhead.jsonl" "$data/arrowhead.jsonl"
    assert_failure 2
    assert [ ! -e "$store" ]
}

@test "an input that can't be read stops everything" {
    apply "$data/arrowhead.jsonl" "$BATS_TEST_TMPDIR/missing"
    assert_failure 2
    assert_regex "$stderr" "missing"
    assert [ ! -e "$store" ]
}

@test "deletes are bounded by --max-prune" {
    apply "$data/arrowhead.jsonl"
    before=$(checksum)
    apply --max-prune 7 "$data/remove.jsonl"
    assert_failure 1
    assert_output ""
    assert_equal "$stderr" "bp-apply: error: nothing was applied: 8 documents would be deleted, \
at most 7 may be; raise --max-prune if that is meant"
    apply --max-prune 99% "$data/remove.jsonl"
    assert_failure 1
    assert_equal "$(checksum)" "$before"
    apply --max-prune 100% "$data/remove.jsonl"
    assert_success
}

@test "wrong usage is told from everything else" {
    run --separate-stderr bp-apply "$data/arrowhead.jsonl"
    assert_failure 2
    run --separate-stderr bp-apply -t "$store" "$data/arrowhead.jsonl"
    assert_failure 2
    assert_regex "$stderr" "is no store that can be written: write dir:PATH"
    apply --max-prune lots "$data/arrowhead.jsonl"
    assert_failure 2
    apply --lock-timeout soon "$data/arrowhead.jsonl"
    assert_failure 2
    assert [ ! -e "$store" ]
}

@test "what is no store is left alone" {
    mkdir "$store"
    echo precious >"$store/file"
    apply "$data/arrowhead.jsonl"
    assert_failure 2
    assert_output ""
    run ls -A "$store"
    assert_output file
}

@test "a second writer waits, and gives up in time" {
    chain 400 >"$BATS_TEST_TMPDIR/changes"
    bp-apply -t "dir:$store" "$BATS_TEST_TMPDIR/changes" >"$BATS_TEST_TMPDIR/first" 3>&- &
    pid=$!
    wait_for "$BATS_TEST_TMPDIR/first"
    kill -STOP "$pid"
    apply --lock-timeout 0 "$data/arrowhead.jsonl"
    kill -CONT "$pid"
    assert_failure 75
    assert_output ""
    assert_regex "$stderr" "nothing was applied: .*bp-apply"
    apply "$data/arrowhead.jsonl"
    assert_success
    wait "$pid"
    assert_equal "$(jq -r .result "$BATS_TEST_TMPDIR/first" | sort | uniq -c | xargs)" "400 applied"
}

@test "a dry run needs no lock" {
    chain 400 >"$BATS_TEST_TMPDIR/changes"
    bp-apply -t "dir:$store" "$BATS_TEST_TMPDIR/changes" >"$BATS_TEST_TMPDIR/first" 3>&- &
    pid=$!
    wait_for "$BATS_TEST_TMPDIR/first"
    kill -STOP "$pid"
    apply -n --lock-timeout 0 "$data/arrowhead.jsonl"
    kill -CONT "$pid"
    assert_success
    wait "$pid"
}

@test "SIGTERM ends a run after what has begun, with a result for every change" {
    chain 2000 >"$BATS_TEST_TMPDIR/changes"
    bp-apply -t "dir:$store" "$BATS_TEST_TMPDIR/changes" >"$BATS_TEST_TMPDIR/results" \
        2>"$BATS_TEST_TMPDIR/stderr" 3>&- &
    pid=$!
    wait_for "$BATS_TEST_TMPDIR/results"
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    assert_equal "$status" 1
    assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/results")" 2000
    applied=$(jq -r 'select(.result == "applied").name' "$BATS_TEST_TMPDIR/results" | wc -l)
    assert [ "$applied" -gt 0 ]
    assert [ "$applied" -lt 2000 ]
    assert_equal "$(find "$store/docs" -type f | wc -l)" "$applied"
    assert_equal "$(jq -r 'select(.result != "applied") | .result + " " + .message' \
        "$BATS_TEST_TMPDIR/results" | sort -u)" "skipped interrupted"
    run cat "$BATS_TEST_TMPDIR/stderr"
    assert_output --partial "(interrupted)"
}

@test "a reader that has gone changes neither the work nor the exit status" {
    chain 300 >"$BATS_TEST_TMPDIR/changes"
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    head -n 1 <"$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/line" 3>&- &
    status=0
    bp-apply -q -t "dir:$store" "$BATS_TEST_TMPDIR/changes" >"$BATS_TEST_TMPDIR/fifo" || status=$?
    wait
    assert_equal "$status" 0
    assert [ -s "$BATS_TEST_TMPDIR/line" ]
    assert_equal "$(find "$store/docs" -type f | wc -l)" 300
}

@test "results that can't be written are trouble, but the work is done" {
    [ -e /dev/full ] || skip "no /dev/full"
    status=0
    bp-apply -t "dir:$store" "$data/arrowhead.jsonl" >/dev/full 2>"$BATS_TEST_TMPDIR/stderr" ||
        status=$?
    assert_equal "$status" 2
    run cat "$BATS_TEST_TMPDIR/stderr"
    assert_output --partial "No space left"
    apply "$data/arrowhead.jsonl"
    assert_equal "$stderr" "bp-apply: 8 unchanged"
}

@test "kill -9 at any moment: what was reported is there, and the next run goes on" {
    chain 300 >"$BATS_TEST_TMPDIR/changes"
    for delay in 0.005 0.01 0.02 0.03 0.05 0.08 0.13; do
        bp-apply -t "dir:$store" "$BATS_TEST_TMPDIR/changes" >"$BATS_TEST_TMPDIR/results" \
            2>/dev/null 3>&- &
        pid=$!
        sleep "$delay"
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        # A line that the kill has cut is no report.
        while IFS= read -r name; do
            assert [ -s "$store/docs/K/$name.json" ]
        done < <(jq -Rr 'fromjson? | .name' "$BATS_TEST_TMPDIR/results")
        if [ -d "$store/docs" ]; then
            run jq -es 'all(.[]; .kind == "K" and .blueprintid != null)' \
                <(find "$store/docs" -name '*.json' -exec cat {} +)
            assert_success
        fi
    done
    apply "$BATS_TEST_TMPDIR/changes"
    assert_success
    assert_equal "$(find "$store/docs" -type f | wc -l)" 300
    assert_equal "$(cat "$store"/history/K/*.jsonl | wc -l)" 300
    before=$(checksum)
    apply "$BATS_TEST_TMPDIR/changes"
    assert_equal "$stderr" "bp-apply: 300 unchanged"
    assert_equal "$(checksum)" "$before"
}

@test "a disk that takes no more fails what does not fit and nothing else" {
    { create a; create big | jq -c '.new.spec.text = "x" * 5000'; create c; create d big; } \
        >"$BATS_TEST_TMPDIR/changes"
    run bash -c 'trap "" XFSZ; ulimit -f 2; bp-apply -q -t "dir:$0" "$1"' "$store" \
        "$BATS_TEST_TMPDIR/changes"
    assert_failure 1
    assert_equal "$(names applied)" "a c"
    assert_equal "$(names failed)" big
    assert_equal "$(names skipped)" d
    assert_output --partial "File too large"
    assert_equal "$(find "$store/tmp" -type f | wc -l)" 0
    apply "$BATS_TEST_TMPDIR/changes"
    assert_success
    assert_equal "$(names applied)" "big d"
}

@test "what bp-diff writes is what bp-apply makes so" {
    requires bp-diff
    mkdir "$BATS_TEST_TMPDIR/desired"
    jq -c .new "$data/arrowhead.jsonl" >"$BATS_TEST_TMPDIR/desired/all.jsonl"
    apply "$data/arrowhead.jsonl"

    jq -c 'if .metadata.name == "gateway" then .spec.replicas = 2 else . end |
        select(.metadata.name != "eventhandler")' "$BATS_TEST_TMPDIR/desired/all.jsonl" \
        >"$BATS_TEST_TMPDIR/next.jsonl"
    run bp-diff -o json --prune "dir:$store" "$BATS_TEST_TMPDIR/next.jsonl"
    assert_failure 1
    printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/changes"
    apply "$BATS_TEST_TMPDIR/changes"
    assert_success
    assert_equal "$(names applied)" "gateway eventhandler"
    assert_equal "$stderr" "bp-apply: 2 applied, 6 unchanged"
    run bp-diff -o json --prune "dir:$store" "$BATS_TEST_TMPDIR/next.jsonl"
    assert_success
    assert_equal "$(jq -r .action <<<"$output" | sort -u)" noop
    # The same changes once more, though they bind the generation they saw.
    apply "$BATS_TEST_TMPDIR/changes"
    assert_success
    assert_equal "$stderr" "bp-apply: 8 unchanged"
}

@test "what bp/ignore names keeps its live value" {
    change=$(create a | jq -c '.new.metadata.annotations = {"bp/ignore": "/spec/replicas"} |
        .new.spec.replicas = 1')
    apply <<<"$change"
    jq '.spec.replicas = 7' "$store/docs/K/a.json" >"$BATS_TEST_TMPDIR/scaled"
    cp "$BATS_TEST_TMPDIR/scaled" "$store/docs/K/a.json"
    apply <<<"$change"
    assert_success
    assert_equal "$stderr" "bp-apply: 1 unchanged"
    jq -c '.action = "update" | .old = .new | .new.spec.a = 2' <<<"$change" \
        >"$BATS_TEST_TMPDIR/update"
    apply "$BATS_TEST_TMPDIR/update"
    assert_success
    assert_equal "$(jq -c '[.spec.a, .spec.replicas]' "$store/docs/K/a.json")" "[2,7]"
}

@test "what others may do since the diff is no conflict: status, and what is ignored" {
    first=$(create a | jq -c '.new.metadata.annotations = {"bp/ignore": "/spec/replicas"} |
        .new.spec.replicas = 1')
    apply <<<"$first"
    jq -c .new <<<"$first" >"$BATS_TEST_TMPDIR/first"
    jq -c '.spec.a = 2' "$BATS_TEST_TMPDIR/first" >"$BATS_TEST_TMPDIR/second"
    run -1 bp-diff "dir:$store" "$BATS_TEST_TMPDIR/second"
    printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/changes"
    # A reconciler, and one that scales.
    jq '.status = {phase: "up"} | .spec.replicas = 5 | .metadata.generation = 1' \
        "$store/docs/K/a.json" >"$BATS_TEST_TMPDIR/live"
    cp "$BATS_TEST_TMPDIR/live" "$store/docs/K/a.json"
    apply "$BATS_TEST_TMPDIR/changes"
    assert_success
    assert_equal "$(jq -c '[.spec.a, .spec.replicas, .status.phase, .metadata.generation]' \
        "$store/docs/K/a.json")" '[2,5,"up",2]'
}

@test "a label that another writer set is a conflict, with the way on" {
    apply <(create a)
    create a | jq -c '.new.spec.a = 2 | .new' >"$BATS_TEST_TMPDIR/next"
    run -1 bp-diff "dir:$store" "$BATS_TEST_TMPDIR/next"
    printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/changes"
    jq '.metadata.labels = {by: "other"}' "$store/docs/K/a.json" >"$BATS_TEST_TMPDIR/live"
    cp "$BATS_TEST_TMPDIR/live" "$store/docs/K/a.json"
    apply "$BATS_TEST_TMPDIR/changes"
    assert_failure 1
    assert_equal "$(jq -r .message <<<"$output")" "has changed since the diff at /metadata/labels"
    assert_equal "$stderr" "bp-apply: 1 conflict
bp-apply: what is in conflict was left as it is; see what bp-diff says now and apply that"
    assert_equal "$(jq -r .metadata.labels.by "$store/docs/K/a.json")" other
}

@test "a document that was deleted and made anew is not deleted" {
    apply <(create a)
    printf '{"kind":"K","metadata":{"name":"a"},"deleted":true}\n' >"$BATS_TEST_TMPDIR/tombstone"
    run -1 bp-diff "dir:$store" "$BATS_TEST_TMPDIR/tombstone"
    printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/changes"
    apply "$BATS_TEST_TMPDIR/changes"
    assert_success
    apply <(create a)
    assert_success
    apply "$BATS_TEST_TMPDIR/changes"
    assert_failure 1
    assert_equal "$(names conflict)" a
    assert [ -e "$store/docs/K/a.json" ]
}

@test "a dry run refuses what the store would refuse" {
    long=$(printf 'é%.0s' {1..90})
    { create a; create "$long"; create c | jq -c '.new.spec = [1]'; } >"$BATS_TEST_TMPDIR/changes"
    apply -n "$BATS_TEST_TMPDIR/changes"
    assert_failure 1
    assert_equal "$(jq -r .result <<<"$output" | paste -sd ' ')" "applied failed failed"
    assert_regex "$(jq -r .message <<<"$output")" "^.*the name '(é){30}\.\.\.' needs 540 bytes .*shorter"
    assert [ ! -e "$store" ]
    apply "$BATS_TEST_TMPDIR/changes"
    assert_failure 1
    assert_equal "$(jq -r .result <<<"$output" | paste -sd ' ')" "applied failed failed"
}

@test "a message stays short however long a name is" {
    long=$(printf 'x%.0s' {1..30000})
    { jq -cn --arg n "$long" '{action: "create", kind: "BlueprintDefinition", name: $n,
        new: {kind: "BlueprintDefinition", metadata: {name: $n}, spec: {names: {kind: "K"}}}}'
      create a; create b; } >"$BATS_TEST_TMPDIR/changes"
    apply "$BATS_TEST_TMPDIR/changes"
    assert_failure 1
    assert_equal "$(names skipped)" "a b"
    assert_equal "$(jq -r 'select(.name == "b").message | length < 400' <<<"$output")" true
}

@test "a stream that was cut inside a line is refused wherever it was cut" {
    create a >"$BATS_TEST_TMPDIR/changes"
    size=$(($(wc -c <"$BATS_TEST_TMPDIR/changes") - 1))
    for ((n = 0; n < size; n++)); do
        head -c "$n" "$BATS_TEST_TMPDIR/changes" >"$BATS_TEST_TMPDIR/cut"
        apply <"$BATS_TEST_TMPDIR/cut"
        assert_failure 2
    done
    assert [ ! -e "$store" ]
}

@test "few descriptors are enough" {
    jq -cn 'range(200) | {action: "create", kind: "K", name: "n\(.)",
        new: {kind: "K", metadata: {name: "n\(.)"}}}' >"$BATS_TEST_TMPDIR/changes"
    run --separate-stderr bash -c 'ulimit -n 16; exec bp-apply -t "dir:$1" "$2"' - \
        "$store" "$BATS_TEST_TMPDIR/changes"
    assert_success
    assert_equal "$stderr" "bp-apply: 200 applied"
}
