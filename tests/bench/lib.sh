# shellcheck shell=bash
# For the benchmark scripts: ratios of two commands in one run, peak memory, made-up blueprints.
set -eu -o pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BP_BUILD=${BP_BUILD:-$root/build}
PATH=$BP_BUILD:$PATH
export BP_BUILD PATH

scratch=$(mktemp -d "${TMPDIR:-/tmp}/bp-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# row NAME FIGURE TARGET VERDICT
row() {
    printf '%-58s %-30s %-16s %s\n' "$1" "$2" "$3" "$4"
}

# verdict FIGURE OPERATOR TARGET: "ok" or "MISSED".
verdict() {
    if jq -en "$1 $2 $3" >/dev/null; then echo ok; else echo MISSED; fi
}

# ratio NAME OPERATOR TARGET OURS PEER [PREPARE]: mean times of both in one run, and ours / peer.
ratio() {
    local name=$1 operator=$2 target=$3 ours=$4 peer=$5 prepare=${6:-true} figure
    hyperfine --style none --warmup 2 --runs "${BENCH_RUNS:-12}" --prepare "$prepare" \
        --export-json "$scratch/times" -S "${BENCH_SHELL:-bash}" "$ours" "$peer" >/dev/null 2>&1 ||
        { row "$name" "failed" "" MISSED; return; }
    figure=$(jq '.results[0].mean / .results[1].mean' "$scratch/times")
    row "$name" "$(jq -r '[.results[].mean * 1000 * 100 | round / 100 | tostring + " ms"] |
        join(" : ")' "$scratch/times") = $(jq -n "$figure * 1000 | round / 1000")" \
        "$operator $target" "$(verdict "$figure" "$operator" "$target")"
}

# memory NAME MIB COMMAND...: peak resident memory.
memory() {
    local name=$1 target=$2 peak
    shift 2
    /usr/bin/time -f %M -o "$scratch/peak" "$@" >/dev/null 2>&1 || :
    peak=$(jq -n "$(tail -1 "$scratch/peak") / 1024 * 10 | round / 10")
    row "$name" "$peak MiB" "< $target MiB" "$(verdict "$peak" "<" "$target")"
}

# blueprints DIR COUNT SEED: COUNT files of about 1.1 kB.
blueprints() {
    mkdir -p "$1"
    awk -v dir="$1" -v count="$2" -v seed="$3" 'BEGIN {
        for (i = 0; i < count; i++) {
            f = sprintf("%s/svc-%05d.json", dir, i)
            printf "{\n  \"kind\": \"DockerDeployment\",\n  \"metadata\": {\n" \
                "    \"annotations\": {\n      \"bp/order-id\": \"PO-2026-%d\"\n    },\n" \
                "    \"colonyname\": \"mines\",\n    \"labels\": {\n      \"arrowhead\": \"true\",\n" \
                "      \"cloud\": \"c1\",\n      \"component\": \"x%d\"\n    },\n" \
                "    \"locationname\": \"site-%02d\",\n    \"name\": \"svc-%05d\"\n  },\n" \
                "  \"spec\": {\n    \"instances\": [\n      {\n        \"environment\": {\n" \
                "          \"PASSWORD\": \"${secret:cloud/c1/arrowhead#keystore}\",\n" \
                "          \"SYSTEM_NAME\": \"svc%d\",\n          \"TZ\": \"Europe/Amsterdam\"\n" \
                "        },\n        \"image\": \"registry.example.com/arrowhead-system:4.6.%d\",\n" \
                "        \"name\": \"svc-%05d\",\n        \"ports\": [\n          {\n" \
                "            \"container\": 8443,\n            \"host\": %d,\n" \
                "            \"protocol\": \"tcp\"\n          }\n        ],\n" \
                "        \"type\": \"container\",\n        \"volumes\": [\n          {\n" \
                "            \"hostPath\": \"/srv/arrowhead/s%d/application.properties\",\n" \
                "            \"mountPath\": \"/opt/arrowhead/application.properties\",\n" \
                "            \"readOnly\": true,\n            \"type\": \"bind\"\n          }\n" \
                "        ]\n      }\n    ],\n    \"replicas\": %d\n  }\n}\n", \
                i, i, i % 50, i, i, (i + (i % 10 ? 0 : seed)) % 9, i, 8000 + i % 1000, i, i % 5 > f
            close(f)
        } }'
}
