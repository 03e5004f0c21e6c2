# bp-validate: rules, schemas, verdicts, streams that are whole or nothing.

# $stderr and $stderr_lines are set by run --separate-stderr.
# shellcheck disable=SC2154

load helpers

setup() {
    cd "$BP_ROOT/testdata/validate" || return 1
    T=$BATS_TEST_TMPDIR
}

# Writes N blueprints to standard output; the last one without image when BAD is given.
blueprints() {
    jq -nc --argjson n "$1" --arg bad "${2-}" 'range($n) as $i | {
        kind: "DockerDeployment", metadata: {name: "web-\($i)"},
        spec: {instances: [{name: "web", type: "container", image: "nginx:1"}
            | if $bad != "" and $i == $n - 1 then del(.image) else . end]}}'
}

# ---- the filter ----

@test "good documents are passed on, members that nobody knows and numbers as they are" {
    run --separate-stderr bp-validate -d definitions good.json
    assert_success
    assert_equal "$output" "$(jq -c . good.json)"
    assert_equal "$stderr" ""

    echo '{"kind":"K","metadata":{"name":"n"},"spec":{"b":1.10,"a":[1e2,{"z":null}]}}' >"$T/in"
    run --separate-stderr bp-validate -q -d definitions "$T/in"
    assert_failure 1
    run --separate-stderr bp-validate "$T/in"
    assert_success
    assert_equal "$output" "$(cat "$T/in")"
    assert_equal "$stderr" "note: 1 spec is not checked: no definitions given (-d) [no-definitions]"
}

@test "standard input is the default, and '-' names it" {
    blueprints 3 >"$T/in"
    run --separate-stderr bp-validate -d definitions <"$T/in"
    assert_success
    assert_equal "$output" "$(cat "$T/in")"
    run --separate-stderr bp-validate -d definitions - <"$T/in"
    assert_success
    assert_equal "$output" "$(cat "$T/in")"
}

@test "one fault in the last document holds all of them back" {
    blueprints 1000 bad >"$T/in"
    run --separate-stderr bp-validate -d definitions "$T/in"
    assert_failure 1
    assert_equal "$output" ""
    assert_equal "${#stderr_lines[@]}" 2
    assert_regex "${stderr_lines[0]}" "in:1000:.*'image' is missing.*\[schema-required\]$"
    assert_equal "${stderr_lines[1]}" \
        "bp-validate: 1000 documents, 1 error, 0 warnings: nothing is passed on"
}

@test "tombstones and definitions go through with blueprints" {
    {
        jq -c . definitions/docker-deployment.json good.json
        echo '{"kind":"DockerDeployment","metadata":{"name":"old"},"deleted":true}'
    } >"$T/in"
    run --separate-stderr bp-validate -d definitions "$T/in"
    assert_success
    assert_equal "$output" "$(cat "$T/in")"
}

@test "warnings do not hold documents back, but with --strict they do" {
    run --separate-stderr bp-validate rules/status-in-file.bad.jsonl
    assert_success
    assert_equal "$output" "$(jq -c . rules/status-in-file.bad.jsonl)"
    assert_regex "$stderr" "warning: 'status'"
    assert_regex "$stderr" "1 document, 0 errors, 1 warning$"
    run --separate-stderr bp-validate --strict rules/status-in-file.bad.jsonl
    assert_failure 1
    assert_equal "$output" ""
    assert_regex "$stderr" "error: 'status'"
}

@test "YAML comes out as JSON lines" {
    run --separate-stderr bp-validate -d definitions - <<'END'
kind: DockerDeployment
metadata: {name: web, labels: {on: "yes"}}
spec:
  replicas: 0o17
  instances: [{name: web, type: container, image: no}]
END
    assert_success
    assert_equal "$output" '{"kind":"DockerDeployment","metadata":{"name":"web","labels":{"on":"yes"}},"spec":{"replicas":15,"instances":[{"name":"web","type":"container","image":"no"}]}}'
}

# ---- the verdict ----

@test "-q holds no documents back and says nothing, -o text says the totals" {
    run --separate-stderr bp-validate -q -d definitions good.json
    assert_success
    assert_equal "$output$stderr" ""
    run --separate-stderr bp-validate -o text -d definitions good.json
    assert_success
    assert_equal "$output" ""
    assert_equal "$stderr" "bp-validate: 1 document, 0 errors, 0 warnings"
    run --separate-stderr bp-validate -q -d definitions faults.yaml
    assert_failure 1
    assert_equal "$output" ""
    assert_equal "${#stderr_lines[@]}" 7
}

@test "all faults of a JSON file, each at its place" {
    run --separate-stderr bp-validate -d definitions faults.json
    assert_failure 1
    assert_equal "$output" ""
    diff -u faults.json.stderr - <<<"$stderr"
}

@test "all faults of a YAML file, each at its place" {
    run --separate-stderr bp-validate -d definitions faults.yaml
    assert_failure 1
    assert_equal "$output" ""
    diff -u faults.yaml.stderr - <<<"$stderr"
}

@test "a report has every finding, for machines" {
    run bp-validate -q --report "$T/report" -d definitions faults.json
    assert_failure 1
    run jq -s 'length' "$T/report"
    assert_output 24
    run jq -c 'select(.rule == "schema-enum") | [.file, .line, .col, .level, .pointer]' "$T/report"
    assert_line --index 0 '["faults.json",11,17,"error","/spec/instances/0/type"]'
    run jq -r '[.line, .col] | @csv' "$T/report"
    assert_output "$(sed -n 's/^faults.json:\([0-9]*\):\([0-9]*\):.*/\1,\2/p' faults.json.stderr)"
    # To standard output only when no documents go there.
    run bp-validate --report - -d definitions good.json
    assert_failure 2
    run --separate-stderr bp-validate -q --report - -d definitions faults.yaml
    assert_failure 1
    run jq -s length <<<"$output"
    assert_output 7
}

@test "every rule has inputs that break it and inputs that don't" {
    run sed -n 's/.*\[BP_RULE_[A-Z_]*\] = *{"\([a-z-]*\)".*/\1/p' "$BP_ROOT/lib/model/check.c"
    assert_success
    [ "${#lines[@]}" -ge 19 ]
    local rule rules=("${lines[@]}")
    for rule in "${rules[@]}"; do
        [ -s "rules/$rule.bad.jsonl" ] || fail "no rules/$rule.bad.jsonl"
        [ -s "rules/$rule.good.jsonl" ] || fail "no rules/$rule.good.jsonl"
    done
    run ls rules
    assert_equal "${#lines[@]}" $((${#rules[@]} * 2))
}

@test "each bad document breaks its rule" {
    local file rule documents findings firsts
    for file in rules/*.bad.jsonl; do
        rule=$(basename "$file" .bad.jsonl)
        run bp-validate -o text --strict --report "$T/report" "$file"
        assert_failure 1
        documents=$(wc -l <"$file")
        findings=$(jq -s --arg r "$rule" '[.[] | select(.rule == $r) | .line] | unique | length' \
            "$T/report")
        # Where two documents are needed to break it the first is blameless.
        firsts=0
        case $rule in duplicate-identity | shared-name) firsts=1 ;; esac
        [ "$findings" -eq $((documents - firsts)) ] || fail "$rule: $findings of $documents"
    done
}

@test "no good document breaks any rule" {
    for file in rules/*.good.jsonl; do
        run bp-validate -q -o text "$file"
        [ "$status" -eq 0 ] || fail "$file: $output"
        assert_output ""
    done
}

@test "a misspelt member is not reported as missing on top" {
    run --separate-stderr bp-validate -q - <<<'{"kind":"K","metdata":{"name":"n"},"spec":{}}'
    assert_failure 1
    assert_equal "$stderr" "<stdin>:1:13: error: unknown member 'metdata' (did you mean 'metadata'?): the server would drop it (at /metdata) [unknown-member]"
}

@test "one identity in two files: both places are named" {
    mkdir "$T/site"
    cp good.json "$T/site/a.json"
    cp good.json "$T/site/b.json"
    run --separate-stderr bp-validate -q -d definitions "$T/site"
    assert_failure 1
    assert_equal "$stderr" "$T/site/b.json:4:13: error: 'DockerDeployment/c1-serviceregistry' is there already, at $T/site/a.json:4:13 (at /metadata/name) [duplicate-identity]"
}

@test "a thousand faults are a thousand findings" {
    blueprints 1000 | jq -c 'del(.spec.instances[0].image)' >"$T/in"
    run bp-validate -q -d definitions --report "$T/report" "$T/in"
    assert_failure 1
    assert_equal "${#lines[@]}" 1000
    run jq -s 'map(.line) == [range(1; 1001)]' "$T/report"
    assert_output true
}

@test "names in findings can not drive a terminal" {
    run bp-validate -q - <<<'{"kind":"K","metadata":{"name":"a\u001b[31m\nb"},"spec":{}}'
    assert_failure 1
    assert_output --partial '\x1b[31m\nb'
    refute_output --partial $'\x1b'
}

@test "values of secret members stay out of findings" {
    cat >"$T/d.json" <<'END'
{"metadata":{"name":"d"},"spec":{"names":{"kind":"K"},"schema":{"properties":{
  "login":{"secret":true,"type":"object","properties":{"pin":{"maximum":10},"word":{"enum":["a"]}}}}}}}
END
    run bp-validate -q -d "$T/d.json" - \
        <<<'{"kind":"K","metadata":{"name":"n"},"spec":{"login":{"pin":4711,"word":"hunter2"}}}'
    assert_failure 1
    assert_equal "${#lines[@]}" 2
    refute_output --partial 4711
    refute_output --partial hunter2
}

# ---- definitions ----

@test "definitions: files, directories, several, and none for a kind" {
    echo '{"metadata":{"name":"e"},"spec":{"names":{"kind":"ExecutorDeployment"}}}' >"$T/e.json"
    run --separate-stderr bp-validate -q -d definitions -d "$T/e.json" good.json
    assert_success
    run --separate-stderr bp-validate -q -d "$T/e.json" good.json
    assert_failure 1
    assert_equal "$stderr" "good.json:2:11: error: no definition defines kind 'DockerDeployment' (at /kind) [unknown-kind]"
    # Beside the definitions there may be anything else.
    mkdir "$T/site"
    cp good.json definitions/docker-deployment.json "$T/site"
    run bp-validate -o text -d "$T/site" "$T/site"
    assert_success
    assert_output "bp-validate: 2 documents, 0 errors, 0 warnings"
}

@test "without definitions specs are not checked, which --strict does not accept" {
    run bp-validate -o text good.json
    assert_success
    assert_line --index 0 "note: 1 spec is not checked: no definitions given (-d) [no-definitions]"
    run bp-validate -o text --strict good.json
    assert_failure 1
    assert_line --index 0 "error: 1 spec is not checked: no definitions given (-d) [no-definitions]"
}

@test "a definition that is wrong is wrong configuration" {
    echo '{"kind":"BlueprintDefinition","metadata":{"name":"d"},"spec":{"names":{}}}' >"$T/d.json"
    run bp-validate -q -d "$T/d.json" good.json
    assert_failure 2
    assert_line --partial "d.json:1:71: error: the definition has no 'spec.names.kind' [definition]"
    cat >"$T/d.json" <<'END'
{"metadata":{"name":"d"},"spec":{"names":{"kind":"K"},
 "schema":{"properties":{"a":{"type":"strnig"}}}}}
END
    run bp-validate -q -d "$T/d.json" - <<<'{"kind":"K","metadata":{"name":"n"},"spec":{}}'
    assert_failure 2
    assert_output --partial "d.json:2:38: error: schema at '/properties/a/type': 'strnig' is no type (did you mean 'string'?) [schema-malformed]"
    run bp-validate -q -d "$T/none" good.json
    assert_failure 2
    # A kind whose definition could not be read is not called unknown.
    echo '{"metadata":{"name":"d"},"spec":{"names":{"kind":"K"},"schema":[]}}' >"$T/d.json"
    run bp-validate -q -d "$T/d.json" - <<<'{"kind":"K","metadata":{"name":"n"},"spec":{}}'
    assert_failure 2
    assert_equal "${#lines[@]}" 1
    assert_output --partial "'spec.schema' is an array, must be an object [definition]"
    run bp-validate -d good.json good.json
    assert_failure 2
    assert_output --partial "holds no BlueprintDefinition"
}

@test "keywords that are not checked are told, and not accepted by --strict" {
    echo '{"metadata":{"name":"d"},"spec":{"names":{"kind":"K"},"schema":{"allOf":[],"x-y":1}}}' \
        >"$T/d.json"
    echo '{"kind":"K","metadata":{"name":"n"},"spec":{}}' >"$T/in"
    run --separate-stderr bp-validate -q -d "$T/d.json" "$T/in"
    assert_success
    assert_equal "$stderr" "$T/d.json:1:65: warning: keyword 'allOf' is not checked yet (at /spec/schema/allOf) [schema-keyword]"
    run bp-validate -q --strict -d "$T/d.json" "$T/in"
    assert_failure 2
}

@test "two definitions of a kind: the name that sorts first counts" {
    local s='{"metadata":{"name":"NAME"},"spec":{"names":{"kind":"K"},"schema":{"required":["NAME"]}}}'
    mkdir "$T/one" "$T/two"
    echo "${s//NAME/aa}" | tee "$T/one/1.json" >"$T/two/2.json"
    echo "${s//NAME/bb}" | tee "$T/one/2.json" >"$T/two/1.json"
    for dir in one two; do
        run bp-validate -q -d "$T/$dir" - <<<'{"kind":"K","metadata":{"name":"n"},"spec":{}}'
        assert_failure 1
        assert_line --index 0 --partial "2.json:1:51: warning: kind 'K' is defined by"
        assert_line --index 0 --partial "the server takes 'aa'"
        assert_line --index 1 --partial "member 'aa' is missing"
        assert_equal "${#lines[@]}" 2
    done
}

@test "definitions among the documents are checked too" {
    run bp-validate -q - <<<'{"metadata":{"name":"d"},"spec":{"names":{"kind":"K"},"schema":{"type":5}}}'
    assert_failure 1
    assert_output --partial "[schema-malformed]"
}

# ---- bad input ----

@test "no documents: an empty stream is trouble, unless it is allowed" {
    run bp-validate </dev/null
    assert_failure 2
    assert_output --partial "no documents"
    run bp-validate --allow-empty </dev/null
    assert_success
    assert_output ""
    mkdir "$T/empty"
    run bp-validate "$T/empty"
    assert_failure 2
}

@test "a stream that is cut off is trouble, and nothing of it is passed on" {
    blueprints 3 >"$T/whole"
    head -c 300 "$T/whole" >"$T/cut"
    run --separate-stderr bp-validate -d definitions <"$T/cut"
    assert_failure 2
    assert_equal "$output" ""
    assert_regex "$stderr" "<stdin>:[0-9]+:[0-9]+: error: .*\[syntax\]"
}

@test "a malformed file is a finding, and the other files are still checked" {
    printf '{"kind":"K",\n "a":1,"a":2}' >"$T/1.json"
    cp faults.yaml "$T/2.yaml"
    printf 'a: [' >"$T/3.yaml"
    run bp-validate -q -d definitions "$T"
    assert_failure 1
    assert_line --index 0 --regexp "1.json:2:8: error: .*\[syntax\]$"
    assert_line --partial "2.yaml:21:14: error: 'instances' has 0 elements"
    assert_line --regexp "3.yaml:[0-9]+:[0-9]+: error: .*\[syntax\]$"
}

@test "what can't be read is trouble, and the rest is still checked" {
    run bp-validate -q -d definitions "$T/none.json" faults.yaml
    assert_failure 2
    assert_line --partial "none.json: error: "
    assert_line --partial "faults.yaml:21:14"
    run bp-validate -q "unheard:of"
    assert_failure 2
    assert_output --partial "unheard:"
}

@test "a NUL is no end of input" {
    printf '%s\0%s' "$(jq -c . good.json)" '{"kind":' >"$T/in"
    run --separate-stderr bp-validate <"$T/in"
    assert_failure 2
    assert_equal "$output" ""
    assert_regex "$stderr" "NUL character"
    printf '\0{"kind":1}' >"$T/in.json"
    run bp-validate -q "$T/in.json"
    assert_failure 1
    assert_output --partial "in.json:1:1: error: NUL character"
}

@test "YAML from a pipe keeps its indentation and its lines" {
    printf '\n \n  kind: K\n  metadata: {name: n}\n  spec: {}\n' >"$T/in"
    run --separate-stderr bp-validate -q - <"$T/in"
    assert_success
    printf '\xef\xbb\xbf\n\n  kind: K\n  metadata: {name: n}\n  spec: 5\n' >"$T/in"
    run --separate-stderr bp-validate -q - <"$T/in"
    assert_failure 1
    assert_regex "$stderr" "^<stdin>:5:9: error: 'spec' is a number"
}

@test "an empty JSON file is no JSON; empty lines and empty YAML are fine" {
    mkdir "$T/site"
    cp good.json "$T/site/a.json"
    : >"$T/site/b.jsonl"
    : >"$T/site/c.yaml"
    echo '[]' >"$T/site/d.json"
    run bp-validate -q -d definitions "$T/site"
    assert_success
    : >"$T/site/e.json"
    run bp-validate -q -d definitions "$T/site"
    assert_failure 1
    assert_output --partial "e.json:1:1: error: the file is empty"
}

@test "what is named like a document in a directory and is no file is not passed over" {
    mkdir "$T/site" "$T/site/dir.json"
    cp good.json "$T/site/dir.json/a.json"
    run bp-validate -q -d definitions "$T/site"
    assert_success
    mkfifo "$T/site/fifo.json"
    ln -s . "$T/site/loop.json"
    ln -s nowhere "$T/site/dangling.json"
    run timeout 20 bp-validate -q -d definitions "$T/site"
    assert_failure 2
    assert_line --index 0 --partial "site/dangling.json: error: cannot open: No such file"
    assert_line --index 1 --partial "site/fifo.json: error: not a regular file"
    assert_line --index 2 --partial "site/loop.json: error: a link to a directory"
    assert_equal "${#lines[@]}" 3
}

@test "a file whose size nobody knows is read to its end" {
    # What is in /proc has size 0, and comes in short pieces.
    run bp-validate -q /proc/self/maps
    assert_failure 1
    assert_equal "${#lines[@]}" 1
    refute_output --partial "[unreadable]"
}

@test "usage errors are never 1" {
    run bp-validate --no-such-option
    assert_failure 2
    run bp-validate -d
    assert_failure 2
    run bp-validate -o yaml good.json
    assert_failure 2
}

@test "a full disk under standard output or the report is noticed" {
    run bash -c 'bp-validate -d definitions good.json >/dev/full'
    assert_failure 2
    assert_output --partial "No space left on device"
    run bp-validate -q --report /dev/full -d definitions faults.yaml
    assert_failure 2
    run bp-validate -q --report "$T/none/report" good.json
    assert_failure 2
    assert_output --partial "none/report"
}

@test "a reader that goes away is no crash" {
    blueprints 20000 >"$T/in"
    run bash -c 'bp-validate -d definitions "$1" 2>"$2" | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"' \
        - "$T/in" "$T/err"
    assert_output --regexp '^(0|141)$'
    run cat "$T/err"
    assert_output ""
}

# ---- hostile input costs bounded time ----

@test "a document that is too deep is refused" {
    { printf '{"kind":"K","metadata":{"name":"n"},"spec":{"a":'
      printf '%600s' '' | tr ' ' '['; } >"$T/deep.json"
    run timeout 20 bp-validate -q "$T/deep.json"
    assert_failure 1
    assert_output --partial "[syntax]"
}

@test "a wide object, all of it unknown" {
    jq -nc '{kind: "DockerDeployment", metadata: {name: "n"},
        spec: ([range(30000) | {key: "instancez\(.)", value: 1}] | from_entries)}' >"$T/wide.json"
    run timeout 20 bp-validate -q -d definitions "$T/wide.json"
    assert_failure 1
    assert_line --partial "more findings are not shown"
}

@test "a document of too many values costs bounded memory" {
    jq -nj '"{\"kind\":\"K\",\"metadata\":{\"name\":\"n\"},\"spec\":{\"a\":[0", ([range(10000000) | ",0"] | add), "]}}"' \
        >"$T/many.json"
    run timeout 60 bp-validate -q "$T/many.json"
    assert_failure 1
    assert_output --partial "a document of more than 10000000 values [syntax]"
}

@test "a long list, all of it wrong" {
    echo '{"metadata":{"name":"d"},"spec":{"names":{"kind":"K"},
        "schema":{"properties":{"a":{"items":{"type":"string"},"uniqueItems":true}}}}}' >"$T/d.json"
    jq -nc '{kind: "K", metadata: {name: "n"}, spec: {a: [range(200000) | 1]}}' |
        sed 's/1/9007199254740993/g' >"$T/long.json"
    run timeout 20 bp-validate -q -d "$T/d.json" "$T/long.json"
    assert_failure 1
    assert_line --partial "(at /spec/a/500)"
}

@test "long names are cut in findings" {
    jq -nc '("n" * 300000) as $long
        | {kind: "K", metadata: {name: $long, ($long): 1}, spec: {($long): ["BIG"]}}' |
        sed 's/"BIG"/1e400/' >"$T/in"
    run timeout 20 bp-validate -q "$T/in"
    assert_failure 1
    assert_equal "${#lines[@]}" 3
    [ "${#output}" -lt 12000 ] || fail "${#output} characters"
}
