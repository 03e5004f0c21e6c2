#!/usr/bin/env bats
# bp-render: orders and catalogs to documents.

load helpers

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    catalog=$BP_ROOT/testdata/catalog
    orders=$BP_ROOT/testdata/orders
    data=$BP_ROOT/testdata/render
}

# Compares standard output with a golden file; BP_UPDATE_GOLDEN=1 writes it instead.
golden() {
    if [ -n "${BP_UPDATE_GOLDEN:-}" ]; then
        printf '%s\n' "$output" >"$data/$1"
    fi
    diff -u "$data/$1" - <<<"$output"
}

# A catalog `c` with one entry: $1 its template, $2 its parameters.
make_catalog() {
    mkdir -p c/entry
    printf '%s\n' "id: e1" "name: Entry" "version: 1.2.3" >c/entry/specification.yaml
    printf '%s\n' "$1" >c/entry/blueprint.yaml
    if [ -n "${2:-}" ]; then
        printf '%s\n' "$2" >c/entry/parameters.yaml
    fi
}

simple_catalog() {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec:
  image: ${image}
  size: ${size}' 'type: object
required: [image]
additionalProperties: false
properties:
  image: {type: string, minLength: 1}
  size: {type: integer, minimum: 1, default: 1}'
}

# An order of one item. $1: action, $2: members of the service beside the specification,
# $3: characteristics.
make_order() {
    printf '{"id":"%s","serviceOrderItem":[{"id":"1","action":"%s","service":{%s,
"serviceSpecification":{"id":"e1","name":"Entry","version":"1.2.3"},
"serviceCharacteristic":[%s]}}]}\n' "${4:-o1}" "$1" "$2" "$3"
}

image='{"name":"image","value":"x:1"}'

# ---- the samples ----

@test "01: one container, as the platform's blueprints look" {
    run --separate-stderr bp-render -c "$catalog" "$orders/01-add-single.json"
    assert_success
    assert_equal "$stderr" ""
    golden 01.jsonl
}

@test "02: the seven-component cloud, in dependency order" {
    run --separate-stderr bp-render -c "$catalog" --site north-mine "$orders/02-add-arrowhead-cloud.json"
    assert_success
    assert_equal "$stderr" ""
    golden 02.jsonl
    assert_equal "${#lines[@]}" 7
}

@test "03: the same order as OpenSlice speaks, with service ids in the names" {
    run --separate-stderr bp-render -c "$catalog" --site north-mine \
        "$orders/03-add-arrowhead-cloud.openslice.json"
    assert_success
    assert_equal "$stderr" ""
    golden 03.jsonl
}

@test "02 and 03 give the same specs" {
    requires jq
    bp-render -c "$catalog" --site north-mine "$orders/02-add-arrowhead-cloud.json" >a
    bp-render -c "$catalog" --site north-mine "$orders/03-add-arrowhead-cloud.openslice.json" >b
    jq -c '.spec | del(.instances[].name)' a >a.spec
    jq -c '.spec | del(.instances[].name)' b >b.spec
    run cmp a.spec b.spec
    assert_success
}

@test "another site: other variables, overlays and location" {
    run --separate-stderr bp-render -c "$catalog" --site south-mine "$orders/02-add-arrowhead-cloud.json"
    assert_success
    golden 02-south.jsonl
    assert_output --partial '"hostPath":"/opt/arrowhead-files/c1/gateway/certificates"'
    assert_output --partial '"executorName":"south-mine-docker"'
    assert_output --partial '"bp/prune":"keep"'
    refute_output --partial '/srv/arrowhead'
}

@test "04: modify renders anew from what was given before" {
    bp-render -c "$catalog" "$data/broker.json" "$orders/01-add-single.json" >base.jsonl
    run --separate-stderr bp-render -c "$catalog" --base base.jsonl "$orders/04-modify-scale-out.json"
    assert_success
    golden 04.jsonl
    assert_regex "$stderr" "has id '46e23dab-a82c-5312-a6b2-aa8c162609de' from now on"
    # The name is the one of creation, although an id is known now.
    assert_output --partial '"name":"conveyor-collector"'
    refute_output --partial 'conveyor-collector-46e23dab'
}

@test "05: delete gives tombstones, dependents first" {
    bp-render -c "$catalog" --site north-mine "$orders/03-add-arrowhead-cloud.openslice.json" >base.jsonl
    run --separate-stderr bp-render -c "$catalog" --base base.jsonl "$orders/05-delete.json"
    assert_success
    assert_equal "$stderr" ""
    golden 05.jsonl
}

@test "06: every fault of the malformed order is reported, and nothing comes out" {
    run --separate-stderr bp-render -c "$catalog" "$orders/06-malformed.json"
    assert_failure 1
    assert_output ""
    for fault in "state 'done'" "'02/03/2026 06:00' is no date" "related party" "action 'create'" \
        "Conveyor_Collector" "no id, and no name with a version" "characteristic has no name" \
        "'env.TZ' has no value" "'env.PASSWORD' holds a secret" "'ports'" \
        "item '1' is there already" "quantity 0" "the item has no service" \
        "dependency cycle: 2 -> 3 -> 2" "item '9'" "the item has no action" \
        "service to delete has no id: give service.id" "the item has no id" "must be a list" \
        "'image' has 0 characters" "'replicas' is a string" "'colonyName' is missing"; do
        assert_regex "$stderr" "$fault"
    done
    refute_regex "$stderr" "123456"
}

@test "what is rendered passes the check against its definition" {
    for order in 01-add-single 02-add-arrowhead-cloud 03-add-arrowhead-cloud.openslice; do
        bp-render -c "$catalog" --site north-mine "$orders/$order.json" >"$order.jsonl"
        run bp-validate --strict -d "$BP_ROOT/testdata/definitions" -o text "$order.jsonl"
        assert_success
    done
}

# ---- the life of a service ----

@test "add, modify, modify, noChange, delete through states" {
    simple_catalog
    make_order add '"name":"A b","id":"11111111-2222-3333-4444-555555555555"' "$image" >add
    make_order modify '"id":"11111111-2222-3333-4444-555555555555"' '{"name":"size","value":"4"}' o2 >grow
    make_order modify '"id":"11111111-2222-3333-4444-555555555555","name":"New name"' \
        '{"name":"image","value":"y:2"}' o3 >change
    bp-render -c c add >s1
    bp-render -c c --base s1 grow >s2
    bp-render -c c --base s2 change >s3
    run --separate-stderr bp-render -c c --base s3 -s size=9 change
    assert_success
    assert_output --partial '"spec":{"image":"y:2","size":9}'
    run cat s3
    assert_output '{"kind":"Thing","metadata":{"annotations":{"bp/order-id":"o3","bp/order-item":"1","bp/parameters":"{\"image\":\"y:2\",\"size\":4}","bp/service-id":"11111111-2222-3333-4444-555555555555","bp/service-name":"A b","bp/specification":"Entry@1.2.3"},"name":"a-b-11111111"},"spec":{"image":"y:2","size":4}}'
    make_order delete '"id":"11111111-2222-3333-4444-555555555555"' '' o4 >delete
    run --separate-stderr bp-render -c c --base s3 delete
    assert_success
    assert_output '{"deleted":true,"kind":"Thing","metadata":{"annotations":{"bp/order-id":"o4","bp/order-item":"1","bp/specification":"Entry@1.2.3"},"name":"a-b-11111111"}}'
    make_order noChange '"id":"11111111-2222-3333-4444-555555555555"' '' o5 >nochange
    run --separate-stderr bp-render -c c --base s3 --allow-empty nochange
    assert_success
    assert_output ""
    run bp-render -c c --base s3 nochange
    assert_failure 1
    assert_output --partial "nothing to render"
}

@test "the same add again gives the same bytes, with and without base" {
    bp-render -c "$catalog" --site north-mine "$orders/03-add-arrowhead-cloud.openslice.json" >a
    bp-render -c "$catalog" --site north-mine "$orders/03-add-arrowhead-cloud.openslice.json" >b
    bp-render -c "$catalog" --site north-mine --base a "$orders/03-add-arrowhead-cloud.openslice.json" >c
    run cmp a b
    assert_success
    run cmp a c
    assert_success
}

@test "the same order with other content renders anew, with a note" {
    simple_catalog
    make_order add '"name":"a"' "$image,"'{"name":"size","value":5}' >add
    bp-render -c c add >base
    make_order add '"name":"a"' "$image" >add
    run --separate-stderr bp-render -c c --base base add
    assert_success
    assert_output --partial '"size":1'
    assert_regex "$stderr" "order 'o1' was rendered before with other parameters.*\[O009\]"
}

@test "add of what stands, by another order, is a modify, with a note" {
    simple_catalog
    make_order add '"name":"a"' "$image,"'{"name":"size","value":5}' >add
    bp-render -c c add >base
    make_order add '"name":"a"' '{"name":"image","value":"z:9"}' o2 >again
    run --separate-stderr bp-render -c c --base base again
    assert_success
    assert_output --partial '"spec":{"image":"z:9","size":5}'
    assert_regex "$stderr" "add is treated as modify.*\[O009\]"
}

@test "modify leaves dependencies as they are, unless the order says otherwise" {
    bp-render -c "$catalog" --site north-mine "$orders/03-add-arrowhead-cloud.openslice.json" >base
    cat >order <<'END'
{"id":"m1","serviceOrderItem":[{"id":"1","action":"modify",
 "service":{"id":"69479712-0659-52ec-b82f-cd7a3159c7be","serviceCharacteristic":[{"name":"replicas","value":0}]}}]}
END
    run --separate-stderr bp-render -c "$catalog" --base base order
    assert_success
    assert_output --partial '"bp/depends-on":"c1-authorization-872a9543,c1-gatekeeper-c32301e0,c1-serviceregistry-4756ca03"'
    assert_output --partial '"replicas":0'
}

@test "documents that no longer result become tombstones" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
---
$if: extra
kind: Extra
metadata: {name: "${name}-x"}' 'properties: {extra: {type: boolean}}
additionalProperties: false'
    make_order add '"name":"a"' '{"name":"extra","value":"true"}' >add
    bp-render -c c add >base
    run cat base
    assert_equal "${#lines[@]}" 2
    make_order add '"name":"a"' '{"name":"extra","value":"false"}' o2 >off
    run --separate-stderr bp-render -c c --base base off
    assert_success
    assert_line --index 0 --partial '"kind":"Thing"'
    assert_line --index 1 --partial '"deleted":true,"kind":"Extra"'
}

@test "dependencies on several documents of other kinds" {
    make_catalog 'kind: Thing
metadata:
  name: ${name}
  annotations: {bp/depends-on: "zeta, Thing/alpha"}
---
kind: Other
metadata: {name: "${name}"}'
    cat >order <<'END'
{"id":"o","serviceOrderItem":[
 {"id":"2","action":"add","service":{"name":"b","serviceSpecification":{"id":"e1"}},
  "serviceOrderItemRelationship":[{"relationshipType":"dependency","orderItem":{"itemId":"1"}}]},
 {"id":"1","action":"add","service":{"name":"a","serviceSpecification":{"id":"e1"}}}]}
END
    run --separate-stderr bp-render -c c order
    assert_success
    assert_line --index 0 --partial '"bp/depends-on":"alpha,zeta"'
    assert_line --index 2 --partial '"bp/depends-on":"Other/a,a,alpha,zeta"'
    assert_line --index 3 --partial '"bp/depends-on":"Thing/a,a"'
}

@test "modify, delete and noChange need what stands" {
    simple_catalog
    for action in modify delete; do
        make_order $action '"id":"x1"' '' >order
        run bp-render -c c order
        assert_failure 1
        assert_output --partial "order:1:32: error: $action works on what stands: give it with --base STATE"
        : >empty.jsonl
        run bp-render -c c --base empty.jsonl order
        assert_failure 1
        assert_output --partial "$action: no service 'x1' stands in the base"
        assert_output --partial "[O002]"
    done
    make_order noChange '"id":"x1"' '' >order
    run bp-render -c c --allow-empty order
    assert_success
    assert_output --partial "warning: noChange"
    run bp-render -c c --base empty.jsonl order
    assert_failure 1
}

@test "delete and modify by an id that is not known yet find the service by name, with a note" {
    simple_catalog
    make_order add '"name":"a"' "$image" >add
    bp-render -c c add >base
    make_order delete '"id":"x1","name":"a"' '' o2 >delete
    run --separate-stderr bp-render -c c --base base delete
    assert_success
    assert_output --partial '"deleted":true,"kind":"Thing"'
    assert_regex "$stderr" "note: service 'a' is known by name only, not by id 'x1': it is deleted"
    make_order modify '"id":"x1","name":"a"' '{"name":"size","value":"4"}' o2 >modify
    run --separate-stderr bp-render -c c --base base modify
    assert_success
    assert_regex "$stderr" "note: service 'a' is known by name, and has id 'x1' from now on"
    # What is known by its id needs no remark.
    bp-render -q -c c --base base modify >named
    run --separate-stderr bp-render -c c --base named delete
    assert_success
    assert_equal "$stderr" ""
    make_order delete '"name":"a"' '' o2 >delete
    run bp-render -c c --base base delete
    assert_failure 1
    assert_output --partial "without one, its name and any new id"
}

@test "nobody else's document is replaced" {
    simple_catalog
    make_order add '"name":"a"' "$image" >a
    bp-render -c c a >base
    # Another display name, the same document name.
    make_order add '"name":"A"' "$image" o2 >b
    run bp-render -c c --base base b
    assert_failure 1
    assert_output --partial "'Thing/a' stands already and belongs to service 'a'"
    printf '{"kind":"Thing","metadata":{"name":"a"}}\n' >base
    run --separate-stderr bp-render -c c --base base b
    assert_success
    assert_regex "$stderr" "warning: 'Thing/a' stands already and was not rendered from an order"
}

# ---- without an order ----

@test "an entry with values from the command line" {
    run --separate-stderr bp-render -c "$catalog" -e edge-container -N "Hello World" --site north-mine \
        -s image=nginx:1.27 -s colonyName=mines -s env.GREETING=1 -s 'ports=["8080:80/tcp"]'
    assert_success
    assert_equal "$stderr" ""
    golden entry.jsonl
    run --separate-stderr bp-render -c "$catalog" -o yaml -e 'Edge container@1.0.0' -N "Hello World" \
        --site north-mine -s image=nginx:1.27 -s colonyName=mines -s env.GREETING=1 \
        -s 'ports=["8080:80/tcp"]'
    assert_success
    golden entry.yaml
}

@test "an entry is found by id, name, name@version, alias and folder" {
    simple_catalog
    printf 'aliases: [old-id]\n' >>c/entry/specification.yaml
    for word in e1 Entry Entry@1.2.3 old-id entry; do
        run --separate-stderr bp-render -c c -e "$word" -N n -s image=x
        assert_success
    done
    run bp-render -c c -e entri -s image=x
    assert_failure 1
    assert_output --partial "did you mean 'Entry'"
}

@test "values of the command line are stronger than the order's, and must be known" {
    simple_catalog
    make_order add '"name":"a"' "$image" >order
    run bp-render -c c -s image=y -s size=3 order
    assert_success
    assert_output --partial '"spec":{"image":"y","size":3}'
    run bp-render -c c -s sise=3 order
    assert_failure 1
    assert_output --partial "-s sise: nothing that was rendered has a parameter of this name"
}

@test "several orders, from standard input, an array, and files" {
    simple_catalog
    make_order add '"name":"a"' "$image" >a
    make_order add '"name":"b"' "$image" o2 >b
    run --separate-stderr bash -c 'cat a b | bp-render -c c'
    assert_success
    assert_equal "${#lines[@]}" 2
    { echo "["; cat a; echo ","; cat b; echo "]"; } >list
    run --separate-stderr bp-render -c c list
    assert_success
    assert_equal "${#lines[@]}" 2
    run --separate-stderr bp-render -c c a b
    assert_success
    assert_equal "${#lines[@]}" 2
}

# ---- bad input ----

@test "truncated, empty and foreign input" {
    simple_catalog
    make_order add '"name":"a"' "$image" >whole
    head -c 100 whole >cut
    run --separate-stderr bp-render -c c cut
    assert_failure 2
    assert_output ""
    assert_regex "$stderr" "cut:[0-9]+:[0-9]+: error: .*end of input"
    # One good order does not make a bad one good.
    run --separate-stderr bp-render -c c whole cut
    assert_failure 2
    assert_output ""
    run --separate-stderr bp-render -c c /dev/null
    assert_failure 2
    assert_regex "$stderr" "no order: nothing was read"
    run bp-render -c c --allow-empty /dev/null
    assert_success
    printf '{"kind":"Thing"}\n' >doc.json
    run bp-render -c c doc.json
    assert_failure 1
    assert_output --partial "doc.json:1:1: error: this is no service order: it has neither serviceOrderItem nor orderItem"
    run bp-render -c c nowhere.json
    assert_failure 2
    assert_output --partial "nowhere.json"
}

@test "no catalog, an unreadable catalog, wrong usage" {
    run bp-render "$orders/01-add-single.json"
    assert_failure 2
    run bp-render -c nowhere "$orders/01-add-single.json"
    assert_failure 2
    assert_output --partial "-c: catalog 'nowhere': No such file or directory"
    mkdir none
    run bp-render -c none -e e1
    assert_failure 1
    assert_output --partial "catalog 'none' has no entries: an entry is a folder with specification.yaml"
    simple_catalog
    run bp-render -c c -e e1 order.json
    assert_failure 2
    run bp-render -c c -N x order.json
    assert_failure 2
    run bp-render -c c -e e1 -s image
    assert_failure 2
    run bp-render -c c -e e1 -s image=1 -s image=2
    assert_failure 2
    run bp-render -c c -e e1 --base x
    assert_failure 2
}

@test "an unknown specification names what there is" {
    simple_catalog
    make_order add '"name":"a"' "$image" >order
    sed -i 's/"id":"e1","name":"Entry"/"id":"zzz","name":"Another"/' order
    run bp-render -c c order
    assert_failure 1
    assert_output --partial "specification 'zzz' is not in the catalog, which has 'Entry@1.2.3' (e1)"
    assert_output --partial "[O010]"
    # A name alone does not outvote an id.
    sed -i 's/Another/Entry/' order
    run bp-render -c c order
    assert_failure 1
    assert_output --partial "add the other id to its aliases in 'c/entry/specification.yaml'"
    sed -i 's/zzz/e1/; s/1.2.3/9.9.9/' order
    run bp-render -c c order
    assert_failure 1
    assert_output --partial "not in the catalog in version '9.9.9': there is 'Entry@1.2.3'"
}

@test "several versions of a name: the order decides" {
    simple_catalog
    mkdir c/entry2
    cp c/entry/*.yaml c/entry2
    printf '%s\n' "id: e2" "name: Entry" "version: 2.0.0" >c/entry2/specification.yaml
    run bp-render -c c -e Entry -s image=x
    assert_failure 1
    assert_output --partial "'Entry' may be any of"
    assert_output --partial "'Entry@1.2.3'"
    assert_output --partial "'Entry@2.0.0'"
    run bp-render -c c -e Entry@2.0.0 -s image=x
    assert_success
    printf '%s\n' "id: e2" "name: Entry" "version: 1.2.3" >c/entry2/specification.yaml
    run bp-render -c c -e e2 -s image=x
    assert_failure 1
    assert_output --partial "'Entry' (Entry@1.2.3) is in the catalog already, see c/entry/specification.yaml:1"
}

@test "values of the wrong type: all of them, where they stand in the order" {
    simple_catalog
    make_order add '"name":"a"' '{"name":"image","value":""},
{"name":"size","valueType":"INTEGER","value":{"value":"two"}},
{"name":"colour","value":"red"}' >order
    run --separate-stderr bp-render -c c --report report order
    assert_failure 1
    assert_output ""
    assert_regex "$stderr" "order:3:50: error: parameter 'image' has 0 characters.*\[O003\]"
    assert_regex "$stderr" "order:4:46: error: parameter 'size' is a string, must be an integer"
    assert_regex "$stderr" "order:5:26: error: parameter 'colour' is not known to 'Entry@1.2.3'"
    run cat report
    assert_output --partial '"pointer":"/serviceOrderItem/0/service/serviceCharacteristic/1"'
    make_order add '"name":"a"' '' >order
    run bp-render -c c order
    assert_failure 1
    assert_output --partial "order:1:32: error: parameters of 'Entry@1.2.3': member 'image' is missing"
}

@test "two documents of one identity" {
    simple_catalog
    make_order add '"name":"a"' "$image" >a
    make_order add '"name":"A"' "$image" o2 >b
    run --separate-stderr bp-render -c c a b
    assert_failure 1
    assert_output ""
    assert_regex "$stderr" "b:1:32: error: 'Thing/a' results twice, here and from a:1.*\[duplicate-identity\]"
}

@test "a cycle that templates make is named" {
    make_catalog 'kind: T
metadata: {name: "${name}", annotations: {bp/depends-on: "${name}-x"}}
---
kind: T
metadata: {name: "${name}-x", annotations: {bp/depends-on: "${name}"}}'
    run bp-render -c c -e e1 -N a
    assert_failure 1
    assert_output --partial "dependency cycle: "
    assert_output --partial "O004"
}

@test "a template that names no parameter" {
    make_catalog 'kind: Thing
metadata: {name: fixed}'
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "c/entry/blueprint.yaml:1:1: error: no template of this entry uses a variable"
    assert_output --partial "[no-variable]"
}

@test "misspelt, unused and reserved parameters" {
    simple_catalog
    sed -i 's/\${image}/${imgae}/' c/entry/blueprint.yaml
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "c/entry/blueprint.yaml:4:10: error: parameter 'imgae' is not declared (did you mean 'image'?)"
    sed -i '/imgae/d' c/entry/blueprint.yaml
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "c/entry/parameters.yaml:5:3: error: parameter 'image' is used by no template"
    make_catalog 'kind: Thing
metadata: {name: "${site}"}' 'properties: {site: {type: string}, order.x: {type: string}}'
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "parameter 'site' would hide what bp calls 'site'"
    assert_output --partial "parameter 'order.x' would hide what bp calls 'order'"
}

@test "faults of the catalog's files are where they stand" {
    simple_catalog
    printf 'id: e1\nname: Entry\nnmae: x\n' >c/entry/specification.yaml
    run bp-render -c c -e e1 -s image=x
    assert_failure 1
    assert_output --partial "c/entry/specification.yaml:3:"
    printf 'id: [\n' >c/entry/specification.yaml
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "c/entry/specification.yaml:2:1: error:"
    simple_catalog
    printf 'kind: a\nkind: b\n' >c/entry/blueprint.yaml
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "c/entry/blueprint.yaml:2:1: error:"
    rm c/entry/blueprint.yaml
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "there is no template"
    make_catalog 'kind: ${k}
metadata: {name: "${name}"}' 'properties: {k: {type: 7}}'
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "c/entry/parameters.yaml:1:"
    make_catalog 'kind: ${k}
metadata: {name: "${name}"}' 'properties: {k: {type: object, properties: {a: {}}, bp:form: "${a}${b}"}}'
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "form '\${a}\${b}'"
    mv c/entry/specification.yaml c/entry/spec.yaml
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "no specification.yaml, and is passed over"
}

@test "a path as a name" {
    simple_catalog
    make_order add '"name":"../../x"' "$image" >order
    run --separate-stderr bp-render -c c order
    assert_failure 1
    assert_output ""
    assert_regex "$stderr" "service name '../../x' is a path: no document is called so \(.*\[O007\]"
    sed -i 's/\${name}/${image}/' c/entry/blueprint.yaml
    run bp-render -c c -e e1 -N n -s image=../../x
    assert_failure 1
    assert_output --partial "c/entry/blueprint.yaml:2:18: error: document name '../../x' must begin with"
    mkdir c/sites
    run bp-render -c c -e e1 -s image=x --site ../../etc/passwd
    assert_failure 1
    assert_output --partial "site name '../../etc/passwd' must begin with"
}

@test "a full or closed disk is trouble, and no half report stays" {
    [ -w /dev/full ] || skip "no /dev/full"
    run bash -c "bp-render -c '$catalog' '$orders/01-add-single.json' >/dev/full"
    assert_failure 2
    run bp-render -c "$catalog" --report nowhere/report "$orders/01-add-single.json"
    assert_failure 2
    assert_output --partial "nowhere/report"
}

@test "an order in a final state is passed over; one that waits is refused" {
    simple_catalog
    make_order add '"name":"a"' "$image" >order
    sed -i 's/"id":"o1"/"id":"o1","state":"COMPLETED"/' order
    run bp-render -c c order
    assert_failure 1
    assert_output --partial "[O008]"
    assert_output --partial "nothing to render"
    sed -i 's/COMPLETED/HELD/' order
    run bp-render -c c order
    assert_failure 1
    assert_output --partial "[O008]"
}

@test "a broken base is trouble" {
    simple_catalog
    make_order modify '"id":"x1"' "$image" >order
    printf '{"kind":' >base.json
    run --separate-stderr bp-render -c c --base base.json order
    assert_failure 2
    assert_output ""
    printf '{"kind":"T","metadata":{"name":"a"}}\n{"kind":"T","metadata":{"name":"a"}}\n' >base.json
    run bp-render -c c --base base.json order
    assert_failure 2
    assert_output --partial "'T/a' is in the base twice"
    run bp-render -c c --base nowhere order
    assert_failure 2
}

# ---- sites ----

@test "who names a site must mean the same one" {
    run bp-render -c "$catalog" --site south-mine "$orders/01-add-single.json"
    assert_failure 1
    assert_output --partial "--site says 'south-mine', but the place of the order item says 'north-mine'"
    bp-render -c "$catalog" "$orders/01-add-single.json" "$data/broker.json" >base
    run bp-render -c "$catalog" --base base --site south-mine "$orders/04-modify-scale-out.json"
    assert_failure 1
    assert_output --partial "stands at 'north-mine', but --site says 'south-mine'"
    run bp-render -c "$catalog" --site nort-mine "$orders/02-add-arrowhead-cloud.json"
    assert_failure 1
    assert_output --partial "site 'nort-mine' is not in the catalog (did you mean 'north-mine'?)"
}

@test "a site variable without a site says what to do" {
    run --separate-stderr bp-render -c "$catalog" "$orders/02-add-arrowhead-cloud.json"
    assert_failure 1
    assert_output ""
    assert_regex "$stderr" "'\\\$\{site.arrowheadRoot\}' needs a site: use --site"
}

@test "site files are checked" {
    simple_catalog
    mkdir c/sites
    printf 'type: object\nrequired: [root]\nproperties: {root: {type: string}, n: {type: integer, default: 7}}\n' >c/sites/schema.yaml
    printf 'variables: {root: 1}\noverlay: []\n' >c/sites/s.yaml
    run bp-render -c c --site s -e e1 -s image=x
    assert_failure 1
    assert_output --partial "c/sites/s.yaml:1:19: error: 'root' is a number, must be a string"
    assert_output --partial "unknown member 'overlay' (did you mean 'overlays'?)"
    printf 'variables: {root: /r, dbPassword: hunter2}\n' >c/sites/s.yaml
    run bp-render -c c --site s -e e1 -s image=x
    assert_failure 1
    assert_output --partial "'dbPassword' looks like a literal secret"
    refute_output --partial hunter2
    printf 'variables: {root: /r}\n' >c/sites/s.yaml
    run bp-render -c c --site s -e e1 -s 'image=${site.root}:x' -s 'size=${site.n}'
    assert_success
    assert_output --partial '"spec":{"image":"/r:x","size":7}'
    assert_output --partial '"locationname":"s"'
}

@test "an overlay can't rename a document" {
    simple_catalog
    mkdir c/sites
    printf 'overlays: [{match: {name: "a*"}, patch: {metadata: {name: b}}}]\n' >c/sites/s.yaml
    run bp-render -c c --site s -e e1 -N abc -s image=x
    assert_failure 1
    assert_output --partial "overlay changes kind or metadata.name of 'Thing/abc'"
    run bp-render -c c --site s -e e1 -N other -s image=x
    assert_success
}

# ---- what must not happen ----

@test "no value breaks out of its place" {
    requires jq
    simple_catalog
    for value in '${size}' '${name}' '$${image}' '"}],"x":"' $'a\nb: c' '{"a":1}' "'; rm -rf /" \
        '${site' '${service.id} ${order.id}' '&anchor *alias' $'\x1b[31mred'; do
        run --separate-stderr bp-render -c c -e e1 -N n -s "image=$value"
        assert_success
        assert_equal "${#lines[@]}" 1
        assert_equal "$(jq -r .spec.image <<<"$output")" "$value"
        assert_equal "$(jq -c '.spec|keys' <<<"$output")" '["image","size"]'
        # YAML carries the same.
        run --separate-stderr bp-render -o yaml -c c -e e1 -N n -s "image=$value"
        printf '%s\n' "$output" >out.yaml
        run --separate-stderr bp-get -o json out.yaml
        assert_equal "$(jq -r .spec.image <<<"$output")" "$value"
    done
}

@test "references to secrets are whole values and nothing else" {
    simple_catalog
    for value in 'a ${secret:x} b' '${secret:../x}' '${secret:x' 'secretref:' 'secretref:a/../b'; do
        run bp-render -c c -e e1 -N n -s "image=$value"
        assert_failure 1
        assert_output --partial "[O006]"
    done
    run bp-render -c c -e e1 -N 'n ${secret:x}' -s image=x
    assert_failure 1
    assert_output --partial "[O006]"
    run bp-render -c c -e e1 -N n -s 'image=secretref:a/b#c'
    assert_success
    assert_output --partial '"image":"${secret:a/b#c}"'
}

@test "a secret is never printed, whoever gives it" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec: {key: "${key}", url: "u:${key}@h"}' 'properties: {key: {type: string, secret: true, pattern: "^[a-z]+$"}}
additionalProperties: false'
    make_order add '"name":"a"' '{"name":"key","value":"hunter2"}' >order
    run bp-render -c c --report report order
    assert_failure 1
    assert_output --partial "parameter 'key' is a secret"
    refute_output --partial hunter2
    run cat report
    refute_output --partial hunter2
    run bp-render -c c -e e1 -N a -s key=hunter2
    assert_failure 1
    refute_output --partial hunter2
    run bp-render -c c -e e1 -N a -s 'key=["hunter2"]'
    assert_failure 1
    refute_output --partial hunter2
    # A name can say that it is one, too.
    for value in 'env.DB_PASSWORD=hunter2' 'env={"API_KEY":"hunter2"}' 'env={"token":2222}'; do
        run bp-render -c "$catalog" -e edge-container -s image=x -s colonyName=m -s "$value"
        assert_failure 1
        assert_output --partial "is a secret and has a literal value"
        refute_output --regexp "hunter2|2222"
    done
    run --separate-stderr bp-render -c c -e e1 -N 'A b'
    assert_success
    assert_output --partial '"spec":{"key":"${secret:a-b/key}","url":"u:${secret:a-b/key}@h"}'
    assert_output --partial '"bp/parameters":"{}"'
}

@test "values can't multiply without bound" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec:
  - {$each: a in l, $value: [{$each: b in l, $value: [{$each: c in l, $value: "${a}${b}${c}"}]}]}' \
        'properties: {l: {type: array, items: {type: string}}}'
    list=$(printf '"x",%.0s' {1..300})
    run bp-render -c c -e e1 -N n -s "l=[${list%,}]"
    assert_failure 1
    assert_output --partial "[too-large]"
}

@test "parameters and templates of other entries are not read" {
    simple_catalog
    mkdir c/broken
    printf 'id: b1\n' >c/broken/specification.yaml
    printf '{{{\n' >c/broken/blueprint.yaml
    run bp-render -c c -e e1 -s image=x
    assert_success
    run bp-render -c c -e b1
    assert_failure 1
}

@test "only what is needed is linked" {
    requires ldd
    run ldd "$BP_BUILD/bp-render"
    refute_output --partial libgit2
    refute_output --partial libcurl
}

@test "a text is taken apart before anything in it is replaced" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec: {env: "${env}", l: "${l}"}' 'properties:
  env: {type: object, additionalProperties: {type: string}}
  l: {type: array, items: {type: string}}'
    mkdir c/sites
    printf 'properties: {x: {type: string}}\n' >c/sites/schema.yaml
    printf 'variables: {x: "a\\",\\"b"}\n' >c/sites/s.yaml
    run --separate-stderr bp-render -c c --site s -e e1 -N n -s 'l=["${site.x}"]'
    assert_success
    assert_output --partial '"l":["a\",\"b"]'
    # Also where a variable of the site stands beside it, a secret is one.
    run bp-render -c c --site s -e e1 -N n -s 'env={"PASSWORD":"hunter2","X":"${site.x}"}'
    assert_failure 1
    assert_output --partial "parameter 'env.PASSWORD' is a secret and has a literal value"
    refute_output --partial hunter2
    run --separate-stderr bp-render -c c --site s -e e1 -N n -s 'env={"PASSWORD":"${secret:a/b}"}'
    assert_success
    assert_output --partial '"env":{"PASSWORD":"${secret:a/b}"}'
    run bp-render -c c --site s -e e1 -N n -s 'env={"A":"hunter2"'
    assert_failure 1
    assert_output --partial "-s: error: parameter 'env' is no well-formed JSON object"
    refute_output --partial hunter2
}

@test "a name above says that a value is a secret, also inside of JSON text" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec: {cfg: "${cfg}"}' 'properties: {cfg: {type: object}}'
    for value in '{"password":["hunter2"]}' '{"secrets":{"db":"hunter2"}}' '{"a":[{"token":{"v":4711}}]}'; do
        run bp-render -c c -e e1 -N n -s "cfg=$value"
        assert_failure 1
        assert_output --partial "is a secret and has a literal value"
        refute_output --regexp "hunter2|4711"
        make_order add '"name":"a"' "{\"name\":\"cfg\",\"value\":\"${value//\"/\\\"}\"}" >order
        run bp-render -c c order
        assert_failure 1
        assert_output --partial "[O006]"
        refute_output --regexp "hunter2|4711"
    done
    run bp-render -c c -e e1 -N n -s 'cfg={"secrets":{"db":"secretref:a/b"}}'
    assert_success
}

@test "bp/parameters holds no reference that would be resolved in it" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec: {env: "${env}"}' 'properties: {env: {type: object, additionalProperties: {type: string}}}'
    make_order add '"name":"a"' '{"name":"env.A","value":"secretref:a/b#c"},{"name":"env.B","value":"${secret:d}"}' >order
    run --separate-stderr bp-render -c c order
    assert_success
    assert_output --partial '"bp/parameters":"{\"env\":{\"A\":\"secretref:a/b#c\",\"B\":\"secretref:d\"}}"'
    assert_output --partial '"env":{"A":"${secret:a/b#c}","B":"${secret:d}"}'
    printf '%s\n' "$output" >base
    make_order modify '"id":"x","name":"a"' '{"name":"env.C","value":"c"}' o2 >order
    run --separate-stderr bp-render -c c --base base order
    assert_success
    assert_output --partial '"env":{"A":"${secret:a/b#c}","B":"${secret:d}","C":"c"}'
}

@test "only bp writes the annotations that say whose a document is" {
    make_catalog 'kind: Thing
metadata: {name: "${name}", annotations: "${a}"}
$merge: ${m}' 'properties:
  a: {type: object, additionalProperties: {type: string}}
  m: {type: object}'
    for name in order-id order-item service-id service-name specification site parameters source-commit; do
        run bp-render -c c -e e1 -N n -s "a={\"bp/$name\":\"x\"}"
        assert_failure 1
        assert_output --partial "c/entry/blueprint.yaml:2:"
        assert_output --partial "annotation 'bp/$name' is bp's own to write"
    done
    run bp-render -c c -e e1 -N n -s 'a={"bp/prune":"keep"}'
    assert_success
    run bp-render -c c -e e1 -N n -s 'm={"deleted":true}'
    assert_failure 1
    assert_output --partial "a template gives documents"
    run bp-render -c c -e e1 -N n -s 'm={"${secret:x}":1}'
    assert_failure 1
    assert_output --partial "refers to a secret in the name of a member"
}

@test "the literal secret of a faulty order is told once" {
    run --separate-stderr bp-render -c "$catalog" "$orders/06-malformed.json"
    assert_failure 1
    assert_equal "$(grep -c O006 <<<"$stderr")" 1
}

@test "a file of a catalog has a bound" {
    simple_catalog
    head -c 9000000 /dev/zero | tr '\0' '#' >>c/entry/blueprint.yaml
    run bp-render -c c -e e1 -s image=x
    assert_failure 1
    assert_output --partial "a file of a catalog has at most 8388608"
}

# ---- names ----

@test "what nobody declared is refused at any depth" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec:
  image: ${db.image}
  ports: [{$each: p in ports, port: "${p.port}"}]
  env: ${env}' 'properties:
  db: {type: object, properties: {image: {type: string}}}
  env: {type: object}
  ports: {type: array, items: {type: object, properties: {port: {type: integer}}}}'
    run bp-render -c c -e e1 -s db.imgae=x
    assert_failure 1
    assert_output --partial "-s: error: parameter 'db.imgae' is not known to 'Entry@1.2.3' (did you mean 'db.image'?)"
    run bp-render -c c -e e1 -s bd.image=x -s 'db={"imgae":"x"}' -s 'ports=[{"prot":1}]'
    assert_failure 1
    assert_output --partial "'bd.image' is not known to 'Entry@1.2.3' (did you mean 'db.image'?)"
    assert_output --partial "'db.imgae' is not known to 'Entry@1.2.3' (did you mean 'image'?)"
    assert_output --partial "'ports.0.prot' is not known"
    run bp-render -c c -e e1 -s ports=80 -s env=x
    assert_failure 1
    assert_output --partial "parameter 'ports' is a string, must be an array; write JSON: -s 'ports=[...]'"
    assert_output --partial "parameter 'env' is a string, must be an object; write JSON: -s 'env={...}'"
    for name in env. env..X env.X. .env env.A..B; do
        run bp-render -c c -e e1 -s "$name=x"
        assert_failure 1
        assert_output --regexp "parameter '$name' (has no legal name|is not known)"
    done
    run bp-render -c c -e e1 -s env.app.kubernetes.io/name=x
    assert_success
    assert_output --partial '"env":{"app.kubernetes.io/name":"x"}'
    # The same for the names in templates.
    sed -i 's/db.image}/db.imgae}/' c/entry/blueprint.yaml
    run bp-render -c c -e e1
    assert_failure 1
    assert_output --partial "c/entry/blueprint.yaml:4:10: error: parameter 'db.imgae' is not declared (did you mean 'db.image'?)"
}

@test "a characteristic does not silently do away with another" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec: {env: "${env}"}' 'properties: {env: {type: object}}'
    make_order add '"name":"a"' '{"name":"env","value":{"A":"1"}},{"name":"env.B","value":"2"}' >order
    run --separate-stderr bp-render -c c order
    assert_success
    assert_output --partial '"env":{"A":"1","B":"2"}'
    make_order add '"name":"a"' '{"name":"env.B","value":"2"},{"name":"env","value":{"A":"1"}}' >order
    run bp-render -c c order
    assert_failure 1
    assert_output --partial "parameter 'env' would replace 'env.B', which stands before it"
}

@test "\${name} stays what it was, whatever the templates call their documents" {
    make_catalog 'kind: Thing
metadata: {name: "${host}"}
spec: {key: "${key}", size: "${size}"}' 'properties:
  host: {type: string}
  size: {type: integer}
  key: {type: string, secret: true}'
    make_order add '"name":"a","id":"11111111-2222-3333-4444-555555555555"' '{"name":"host","value":"alpha"}' >order
    bp-render -c c order >base
    make_order modify '"id":"11111111-2222-3333-4444-555555555555"' '{"name":"size","value":2}' o2 >order
    run --separate-stderr bp-render -c c --base base order
    assert_success
    assert_output --partial '"spec":{"key":"${secret:a-11111111/key}","size":2}'
}

# ---- more of the life of a service ----

@test "modify takes a parameter back with null, and back again gives the first bytes" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec: {size: "${size}", env: "${env}"}' 'properties:
  size: {type: integer, default: 1}
  env: {type: object, additionalProperties: {type: string}}'
    id='"id":"11111111-2222-3333-4444-555555555555"'
    make_order add "$id,\"name\":\"a\"" '' >order
    bp-render -c c order >s1
    make_order modify "$id" '{"name":"size","value":7},{"name":"env.A","value":"x"}' >order
    bp-render -c c --base s1 order >s2
    run cat s2
    assert_output --partial '"spec":{"env":{"A":"x"},"size":7}'
    make_order modify "$id" '{"name":"size","value":null},{"name":"env.A","value":null}' >order
    bp-render -c c --base s2 order >s3
    run cmp s1 s3
    assert_success
    make_order add "$id,\"name\":\"a\"" '{"name":"size","value":null}' >order
    run bp-render -c c order
    assert_failure 1
    assert_output --partial "characteristic 'size' has no value"
}

@test "a modify keeps the numbers of others as they were written" {
    make_catalog 'kind: Thing
metadata: {name: "${name}"}
spec: {ratio: "${ratio}", size: "${size}"}' 'properties: {ratio: {type: number}, size: {type: integer}}'
    make_order add '"name":"a","id":"x1"' '{"name":"size","value":1},{"name":"ratio","value":1.10}' >order
    bp-render -c c order >base
    make_order modify '"id":"x1"' '{"name":"size","value":12345678901234567890}' o2 >order
    run --separate-stderr bp-render -c c --base base order
    assert_success
    assert_output --partial '"spec":{"ratio":1.10,"size":12345678901234567890}'
    assert_output --partial '"bp/parameters":"{\"ratio\":1.10,\"size\":12345678901234567890}"'
}

@test "the same order twice in a run is rendered once" {
    simple_catalog
    make_order add '"name":"a"' "$image" >a
    run --separate-stderr bp-render -c c a a
    assert_success
    assert_equal "${#lines[@]}" 1
    assert_regex "$stderr" "note: 'Thing/a' results twice, the same each time.*\[O009\]"
}

@test "orders of one run do not build on each other" {
    simple_catalog
    make_order add '"name":"a","id":"x1"' "$image" >a
    make_order modify '"id":"x1"' '{"name":"size","value":2}' o2 >b
    : >empty.jsonl
    run --separate-stderr bp-render -c c --base empty.jsonl a b
    assert_failure 1
    assert_output ""
    assert_regex "$stderr" "no service 'x1' stands in the base; what another order of this run adds"
    bp-render -c c a >base
    make_order modify '"id":"x1"' '{"name":"size","value":3}' o3 >c2
    run bp-render -c c --base base b c2
    assert_failure 1
    assert_output --partial "render and commit one order after the other"
}

@test "tombstones of several items come dependents first, and what still needs one is told" {
    simple_catalog
    cat >order <<'END'
{"id":"o","serviceOrderItem":[
 {"id":"1","action":"add","service":{"id":"d1","name":"db","serviceSpecification":{"id":"e1"},"serviceCharacteristic":[{"name":"image","value":"x"}]}},
 {"id":"2","action":"add","service":{"id":"a1","name":"app","serviceSpecification":{"id":"e1"},"serviceCharacteristic":[{"name":"image","value":"x"}]},
  "serviceOrderItemRelationship":[{"relationshipType":"dependency","orderItem":{"itemId":"1"}}]}]}
END
    bp-render -c c order >base
    printf '{"id":"p","serviceOrderItem":[{"id":"1","action":"delete","service":{"id":"d1"}},{"id":"2","action":"delete","service":{"id":"a1"}}]}\n' >both
    run --separate-stderr bp-render -c c --base base both
    assert_success
    assert_equal "$stderr" ""
    assert_line --index 0 --partial '"name":"app-'
    assert_line --index 1 --partial '"name":"db-'
    make_order delete '"id":"d1"' '' p >one
    run --separate-stderr bp-render -c c --base base one
    assert_success
    assert_regex "$stderr" "warning: 'Thing/db-.*' is deleted, but 'Thing/app-.*' depends on it.*\[O004\]"
    run bp-render -c c --base base --strict one
    assert_failure 1
}

# ---- more of sites ----

@test "site variables: defaults of members, secrets at any depth, declared ones only" {
    simple_catalog
    mkdir c/sites
    printf 'properties: {proxy: {type: object, properties: {host: {type: string}, port: {type: integer, default: 3128}}}}\n' >c/sites/schema.yaml
    printf 'variables: {proxy: {host: p}}\n' >c/sites/s.yaml
    run --separate-stderr bp-render -c c --site s -e e1 -s 'image=${site.proxy.host}:${site.proxy.port}'
    assert_success
    assert_output --partial '"image":"p:3128"'
    run bp-render -c c --site s -e e1 -s 'image=${site.proxi.host}:${site.proxy.prot}'
    assert_failure 1
    assert_output --partial "site 's' has no variable 'proxi.host' (did you mean 'proxy.host'?)"
    run bp-render -c c --site s -e e1 -s 'image=${site.proxy.prot}'
    assert_failure 1
    assert_output --partial "site 's' has no variable 'proxy.prot' (did you mean 'proxy.port'?)"
    printf 'variables: {poxy: {host: p}}\n' >c/sites/s.yaml
    run bp-render -c c --site s -e e1 -s image=x
    assert_failure 1
    assert_output --partial "c/sites/s.yaml:1:19: error: site variable 'poxy' is not declared in the schema of the sites (did you mean 'proxy'?)"
    rm c/sites/schema.yaml
    printf 'variables: {l: [{token: hunter2}], p: {password: 4711}, r: "x ${secret:a}", s: "secretref:a"}\n' >c/sites/s.yaml
    run bp-render -c c --site s -e e1 -s image=x
    assert_failure 1
    assert_output --partial "'token' looks like a literal secret"
    assert_output --partial "'password' looks like a literal secret"
    assert_output --partial "(at /r) [site]"
    assert_output --partial "(at /s) [site]"
    assert_output --partial "warning: no sites/schema.yaml declares these variables"
    refute_output --regexp "hunter2|4711"
}

@test "overlays are checked before any order is rendered" {
    simple_catalog
    mkdir c/sites
    cat >c/sites/s.yaml <<'END'
overlays:
  - {match: Thing, patch: {}}
  - {match: {kind: 7, labels: x}, patch: {}}
  - match: {name: nobody}
    patch: {a: "${image}", b: "${sevice.name}", c: {$iff: x}, $remove: true}
END
    run bp-render -c c --site s -e e1 -s image=x
    assert_failure 1
    assert_output --partial "s.yaml:2:13: error: 'match' is an object"
    assert_output --partial "'kind' is a text"
    assert_output --partial "'labels' is an object of texts"
    assert_output --partial "'image': a patch knows only name, service, order, spec and site"
    assert_output --partial "'sevice.name': a patch knows only"
    assert_output --partial "'\$iff' is none of"
    assert_output --partial "\$remove: true stands in an element of a list"
    printf 'overlays: [{patch: {spec: {new: [{name: a, $remove: true}, {name: b}]}}}]\n' >c/sites/s.yaml
    run --separate-stderr bp-render -c c --site s -e e1 -s image=x
    assert_success
    assert_output --partial '"new":[{"name":"b"}]'
}

@test "file:, dir: and git: as base give the same bytes" {
    requires git
    bp-render -c "$catalog" --site north-mine "$orders/03-add-arrowhead-cloud.openslice.json" >base.jsonl
    git init -q --bare -b main r.git
    bp-commit -q --author 'A <a@b.c>' -r r.git -b main base.jsonl >commit.out
    : >nothing.jsonl
    bp-diff nothing.jsonl base.jsonl >changes || [ $? -eq 1 ]
    bp-apply -q -t dir:store changes >applied
    for base in base.jsonl dir:store git:r.git; do
        bp-render -q -c "$catalog" --base "$base" "$orders/05-delete.json" >"out.${base%%:*}"
    done
    run cat out.base.jsonl
    assert_output --partial '"deleted":true'
    run cmp out.base.jsonl out.git
    assert_success
    run cmp out.base.jsonl out.dir
    assert_success
}
