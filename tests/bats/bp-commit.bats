# bp-commit on real repositories, read back with git.

load helpers

setup() {
    requires git jq
    cd "$BATS_TEST_TMPDIR" || return
    export GIT_AUTHOR_NAME='Ada Writer' GIT_AUTHOR_EMAIL=ada@example.org
    export GIT_COMMITTER_NAME='Ada Writer' GIT_COMMITTER_EMAIL=ada@example.org
    git init -q --bare -b main repo.git
}

# doc NAME REPLICAS [KIND] [SITE]
doc() {
    printf '{"kind":"%s","metadata":{"name":"%s"%s},"spec":{"replicas":%s}}\n' \
        "${3:-Deployment}" "$1" "${4:+,\"locationname\":\"$4\"}" "$2"
}

tombstone() {
    printf '{"kind":"%s","metadata":{"name":"%s"},"deleted":true}\n' "${2:-Deployment}" "$1"
}

# commit INPUT [OPTION...]: the input text through bp-commit to repo.git
commit() {
    local input=$1
    shift
    run --separate-stderr bp-commit -r "${REPO:-repo.git}" "$@" <<<"$input"
}

g() {
    git -C "${REPO:-repo.git}" "$@"
}

field() {
    jq -r "$1" <<<"$output"
}

fsck() {
    run git -C "${REPO:-repo.git}" fsck --strict
    assert_success
    refute_output --partial error
}

count() {
    g rev-list --count "${1:-main}"
}

# ---- the first commit, and the next ----

@test "first commit on an empty repository" {
    commit "$(doc a 1 Deployment site1)"
    assert_success
    assert_equal "$(field '[.added,.changed,.removed,.unchanged]|@csv')" '1,0,0,0'
    assert_equal "$(field .parent)" null
    assert_equal "$(field .ref)" refs/heads/main
    assert_equal "$(field .commit)" "$(g rev-parse main)"
    assert_equal "$(field 'keys_unsorted|join(" ")')" 'commit ref added changed removed unchanged parent'
    run g show main:site1/a.json
    assert_output '{
  "kind": "Deployment",
  "metadata": {
    "locationname": "site1",
    "name": "a"
  },
  "spec": {
    "replicas": 1
  }
}'
    fsck
}

@test "nothing to change is no commit" {
    commit "$(doc a 1)"
    before=$(g rev-parse main)
    commit "$(doc a 1)"
    assert_success
    assert_equal "$(field '[.commit,.unchanged,.parent]|@csv')" ",1,\"$before\""
    assert_equal "$(g rev-parse main)" "$before"
}

@test "documents are compared by value" {
    commit '{"kind":"D","metadata":{"name":"a"},"spec":{"x":1.50,"y":[1e2]}}'
    commit '{"spec":{"y":[100.0],"x":1.5},"metadata":{"name":"a"},"kind":"D"}'
    assert_success
    assert_equal "$(field .commit)" null
}

@test "numbers keep their text" {
    commit '{"kind":"D","metadata":{"name":"a"},"spec":{"x":1.10,"y":12345678901234567890,"z":1e400}}'
    run g show main:all/a.json
    assert_line --partial '"x": 1.10'
    assert_line --partial '"y": 12345678901234567890'
    assert_line --partial '"z": 1e400'
}

@test "add, change, remove and leave alone in one commit" {
    commit "$(doc a 1; doc b 1; doc c 1)"
    first=$(g rev-parse main)
    commit "$(doc a 1; doc b 2; tombstone c; doc d 1; tombstone nothere)"
    assert_success
    assert_equal "$(field '[.added,.changed,.removed,.unchanged]|@csv')" '1,1,1,2'
    assert_equal "$(field .parent)" "$first"
    run g diff --no-renames --name-status "$first" main
    assert_output "M	all/b.json
D	all/c.json
A	all/d.json"
    assert_equal "$(count)" 2
    fsck
}

@test "removing the last document of a directory removes the directory" {
    commit "$(doc a 1 D x; doc b 1 D y)"
    commit "$(tombstone a D)"
    run g ls-tree --name-only main
    assert_output y
}

@test "two kinds of one name have a file each" {
    commit "$(doc a 1 Deployment)"
    commit "$(doc a 1 Config)"
    assert_success
    run g ls-tree -r --name-only main
    assert_output 'all/a.config.json
all/a.json'
    commit "$(doc a 2 Config)"
    assert_equal "$(field .changed)" 1
}

@test "the prefix is the directory of the documents, and the only one" {
    commit "$(doc a 1)" -p sites/x/
    run g ls-tree -r --name-only main
    assert_output sites/x/all/a.json
    commit "$(doc a 2)" -p other
    assert_equal "$(field .added)" 1
    run g ls-tree -r --name-only main
    assert_output 'other/all/a.json
sites/x/all/a.json'
}

@test "a prefix that leads elsewhere is refused" {
    for p in ../x .git/x a//b /a a/../b .; do
        commit "$(doc a 1)" -p "$p"
        assert_failure 2
        assert_regex "$stderr" "prefix '$p'"
    done
    run g for-each-ref
    assert_output ''
}

@test "a file in the way of a directory is refused" {
    commit "$(doc a 1)"
    commit "$(doc b 1)" -p all/a.json
    assert_failure 2
    assert_regex "$stderr" "all/a.json.*not a directory"
    commit "$(doc b 1)" -p all/a.json/deeper
    assert_failure 2
    commit "$(doc b 1 D a.json)" -p all
    assert_failure 2
    assert_equal "$(count)" 1
}

# ---- files that are there already ----

# put PATH: a file from standard input, committed with git
put() {
    local blob tree
    export GIT_INDEX_FILE=$BATS_TEST_TMPDIR/put.index
    rm -f "$GIT_INDEX_FILE"
    ! g rev-parse -q --verify main >/dev/null || g read-tree main
    blob=$(g hash-object -w --stdin)
    g update-index --add --cacheinfo "100644,$blob,$1"
    tree=$(g write-tree)
    unset GIT_INDEX_FILE
    if g rev-parse -q --verify main >/dev/null; then
        g update-ref refs/heads/main "$(g commit-tree -p main -m put "$tree")"
    else
        g update-ref refs/heads/main "$(g commit-tree -m put "$tree")"
    fi
}

@test "a document is changed where it stands" {
    doc a 1 | put deep/down/strange.name.json
    commit "$(doc a 2 Deployment elsewhere)"
    assert_success
    assert_equal "$(field .changed)" 1
    run g ls-tree -r --name-only main
    assert_output deep/down/strange.name.json
}

@test "YAML stays YAML, comments above it are kept, a loss is told" {
    put all/a.yaml <<'EOF'
# who to call: ops
---
# the first
kind: Deployment
metadata:
  name: a
spec:
  replicas: 1 # one
EOF
    commit "$(doc a 2)"
    assert_success
    assert_regex "$stderr" "all/a.yaml.*comments"
    run g show main:all/a.yaml
    assert_output '# who to call: ops
---
# the first
kind: Deployment
metadata:
  name: a
spec:
  replicas: 2'
}

@test "YAML without inner comments is changed without a remark" {
    put all/a.yaml <<'EOF'
kind: Deployment
metadata: {name: a}
spec:
  text: |
    # no comment
  replicas: 1
EOF
    commit '{"kind":"Deployment","metadata":{"name":"a"},"spec":{"text":"# no comment\n","replicas":3}}'
    assert_success
    assert_equal "$stderr" ''
}

@test "an unchanged YAML file is not rewritten" {
    put all/a.yaml <<<'{kind: Deployment, metadata: {name: "a"}, spec: {replicas: 0x1}} # as it is'
    commit "$(doc a 1)"
    assert_equal "$(field .commit)" null
}

@test "of several YAML documents only the one is changed" {
    put all/m.yaml <<'EOF'
# head
kind: Deployment
metadata: {name: a}   # kept
spec: {replicas: 1}
--- # second
kind: Deployment
metadata: {name: b}
spec: {replicas: 1}
...
# third
---
kind: Deployment
metadata: {name: c}
spec: {replicas: 1}
EOF
    commit "$(doc b 2)"
    assert_success
    run g show main:all/m.yaml
    assert_output '# head
kind: Deployment
metadata: {name: a}   # kept
spec: {replicas: 1}
--- # second
kind: Deployment
metadata:
  name: b
spec:
  replicas: 2
...
# third
---
kind: Deployment
metadata: {name: c}
spec: {replicas: 1}'
    commit "$(tombstone b)"
    run g show main:all/m.yaml
    assert_output '# head
kind: Deployment
metadata: {name: a}   # kept
spec: {replicas: 1}
...
# third
---
kind: Deployment
metadata: {name: c}
spec: {replicas: 1}'
    run --separate-stderr bp-commit -r repo.git <<<"$(tombstone a; tombstone c)"
    assert_success
    run g ls-tree -r --name-only main
    assert_output ''
}

@test "of JSON lines only the one line is changed" {
    { echo '{"kind":"Deployment", "metadata":{"name":"a"}}'
      doc b 1
      echo '{"other":  true}'; doc c 1; } | put all/m.jsonl
    commit "$(doc b 2; tombstone c)"
    assert_success
    run g show main:all/m.jsonl
    assert_output '{"kind":"Deployment", "metadata":{"name":"a"}}
{"kind":"Deployment","metadata":{"name":"b"},"spec":{"replicas":2}}
{"other":  true}'
}

@test "an array stays an array" {
    put all/m.json <<<"[$(doc a 1), $(doc b 1), 7]"
    commit "$(doc b 2; tombstone a)"
    assert_success
    assert_equal "$(g show main:all/m.json | jq -c .)" \
        '[{"kind":"Deployment","metadata":{"name":"b"},"spec":{"replicas":2}},7]'
}

@test "a document that stands in two files is refused, with both" {
    doc a 1 | put x/a.json
    doc a 2 | put y/b.json
    commit "$(doc a 3)"
    assert_failure 2
    assert_regex "$stderr" "Deployment/a.*x/a.json.*y/b.json"
}

@test "malformed and hidden files are left alone" {
    put all/broken.json <<<'{"kind":'
    doc a 1 | put .hidden/a.json
    commit "$(doc a 2)" -v
    assert_success
    assert_equal "$(field .added)" 1
    assert_regex "$stderr" "1 files? .*can't be read"
    run g ls-tree -r --name-only main
    assert_output '.hidden/a.json
all/a.json
all/broken.json'
}

# ---- who, when, what ----

@test "author, committer and dates come from the environment" {
    export GIT_AUTHOR_NAME=Bea GIT_AUTHOR_EMAIL=bea@x.org GIT_AUTHOR_DATE='1700000000 +0130'
    export GIT_COMMITTER_NAME=Cid GIT_COMMITTER_EMAIL=cid@x.org
    export GIT_COMMITTER_DATE='2024-05-06T07:08:09-02:00'
    commit "$(doc a 1)"
    run g log -1 --format='%an <%ae> %ad / %cn <%ce> %cd' --date=raw
    assert_output 'Bea <bea@x.org> 1700000000 +0130 / Cid <cid@x.org> 1714986489 -0200'
}

@test "dates mean what git takes them for" {
    export TZ=Europe/Paris
    n=0
    for date in '1714986489 -0200' '@1714986489 +0000' 'Mon, 06 May 2024 07:08:09 +0200' \
        '2024-05-06 07:08:09' '2024-05-06T07:08:09Z' '1714986489' '@100 +0100' '2024-05-06T07:08:09.123+02:00' \
        '2024-05-06 07:08 +02' '2024/05/06 07:08:09 UTC' 'Mon, 6 May 2024 07:08:09 GMT' \
        'Mon May 6 07:08:09 2024 -0700' ' 2024-05-06 07:08:09 +0200 '; do
        want=$(GIT_AUTHOR_DATE=$date g commit-tree -m x "$(g hash-object -t tree -w /dev/null)")
        n=$((n + 1))
        GIT_AUTHOR_DATE=$date commit "$(doc a $n)"
        assert_success
        assert_equal "$(g log -1 --format=%ad --date=raw main)" "$(g log -1 --format=%ad --date=raw "$want")"
    done
    for date in yesterday '04/07/2005 22:13:13' 12345678 '1714986489 +9999' 2024-13-06T07:08:09; do
        GIT_AUTHOR_DATE=$date commit "$(doc a 0)"
        assert_failure 2
        assert_regex "$stderr" 'GIT_AUTHOR_DATE'
    done
}

@test "author and committer come from the configuration as git has it" {
    unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
    commit "$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" 'who is the author.*user.name'
    git config --global user.name Glo
    git config --global user.email glo@x.org
    commit "$(doc a 1)"
    assert_success
    g config user.name Loc
    commit "$(doc a 2)"
    run g log --format='%an %ae %cn'
    assert_output 'Loc glo@x.org Loc
Glo glo@x.org Glo'
    printf '[user]\n\tname = Other\n\temail = other@x.org\n' >other
    g config --unset user.name
    GIT_CONFIG_GLOBAL=$PWD/other commit "$(doc a 3)"
    assert_equal "$(g log -1 --format='%an %ae' main)" 'Other other@x.org'
}

@test "author and committer by option" {
    commit "$(doc a 1)" --author 'Opt One <o@x.org>' --committer 'Opt Two <t@x.org>'
    assert_equal "$(g log -1 --format='%an %ae %cn %ce' main)" 'Opt One o@x.org Opt Two t@x.org'
    commit "$(doc a 2)" --author nobody
    assert_failure 2
}

@test "a name can't forge lines of the commit" {
    for name in $'x\ntree 123' 'x <y> z' $'x\ry' ' '; do
        GIT_AUTHOR_NAME=$name commit "$(doc a 1)"
        assert_failure 2
    done
    run g for-each-ref
    assert_output ''
}

@test "the default message says what changes" {
    commit "$(doc a 1)"
    assert_equal "$(g log -1 --format=%s main)" 'Deployment/a: add'
    commit "$(doc a 2; doc b 1; doc c 1)"
    assert_equal "$(g log -1 --format=%s main)" 'Add 2, change 1 documents'
    commit "$(tombstone a)"
    assert_equal "$(g log -1 --format=%s main)" 'Deployment/a: remove'
}

# from NAME ORDER ITEM
from() {
    printf '{"kind":"D","metadata":{"name":"%s","annotations":{"bp/order-id":"%s","bp/order-item":"%s","bp/specification":"web@1"}}}\n' "$@"
}

trailers() {
    g log -1 --format='%(trailers:only)' main
}

@test "orders become trailers that git finds, each once" {
    commit "$(from a o-1 1; from b o-1 2)"
    run trailers
    assert_output 'Order-Id: o-1
Order-Item: 1
Order-Item: 2
Specification: web@1'
    commit "$(from a o-1 1; from c o-2 1)" -m 'roll out' --trailer Reviewed-By=me
    assert_equal "$(g log -1 --format=%s main)" 'roll out'
    run trailers
    assert_output 'Reviewed-By: me
Order-Id: o-2
Order-Item: 1
Specification: web@1'
}

@test "a removed document is traced by its order, or by the option" {
    commit "$(from a o-1 1; from b o-1 2)"
    commit "$(tombstone a D)"
    run trailers
    assert_line 'Order-Id: o-1'
    commit "$(tombstone b D)" --trailer Order-Id=o-7
    run trailers
    assert_line 'Order-Id: o-7'
    refute_line 'Order-Id: o-1'
}

@test "a value can't forge a trailer" {
    commit '{"kind":"D","metadata":{"name":"a","annotations":{"bp/order-id":"o\nOrder-Id: forged"}}}'
    run trailers
    assert_output 'Order-Id: o Order-Id: forged'
    for t in 'no value' =x 'Key=' $'Key=a\nb' 'K y=v'; do
        commit "$(doc a 1)" --trailer "$t"
        assert_failure 2
    done
}

@test "a message that ends with trailers gets no second block" {
    commit "$(from a o-1 1)" -m $'subject\n\nBug: 7'
    run trailers
    assert_line 'Bug: 7'
    assert_line 'Order-Id: o-1'
    for m in '' $' \n' $'a\x01b' $'\xff'; do
        commit "$(doc a 1)" -m "$m"
        assert_failure 2
    done
}

# ---- branches ----

@test "the branch that HEAD names is the default, also when it is not born" {
    git init -q --bare -b trunk t.git
    REPO=t.git commit "$(doc a 1)"
    assert_equal "$(field .ref)" refs/heads/trunk
}

@test "a missing branch is refused with those there are" {
    commit "$(doc a 1)"
    commit "$(doc b 1)" -b mian
    assert_failure 2
    assert_regex "$stderr" "no branch 'refs/heads/mian'.*'main'.*--create-branch"
    commit "$(doc b 1)" -b topic --create-branch
    assert_success
    assert_equal "$(field .parent)" "$(g rev-parse main)"
    assert_equal "$(count topic)" 2
    assert_equal "$(count main)" 1
    for b in 'a b' -x a..b refs/heads/ @; do
        commit "$(doc b 1)" "-b$b"
        assert_failure 2
    done
}

@test "a detached HEAD needs -b" {
    commit "$(doc a 1)"
    g update-ref --no-deref HEAD "$(g rev-parse main)"
    commit "$(doc a 2)"
    assert_failure 2
    assert_regex "$stderr" '\-b'
    commit "$(doc a 2)" -b main
    assert_success
}

@test "work tree and index of a repository are left alone" {
    git init -q -b main w
    doc a 1 >w/a.json
    git -C w add a.json
    git -C w commit -qm one
    echo scratch >w/untracked
    sum=$(cd w && find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum)
    index=$(sha256sum w/.git/index)
    REPO=w commit "$(doc a 2)"
    assert_success
    assert_equal "$(cd w && find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum)" "$sum"
    assert_equal "$(sha256sum w/.git/index)" "$index"
    assert_equal "$(git -C w show main:a.json | jq .spec.replicas)" 2
    run git -C w reflog
    assert_line --index 0 --partial 'commit: Deployment/a: change'
}

@test "a worktree of another repository commits to its branch" {
    git init -q -b main w
    git -C w commit -q --allow-empty -m one
    git -C w worktree add -q ../linked -b topic
    REPO=linked commit "$(doc a 1)"
    assert_success
    assert_equal "$(field .ref)" refs/heads/topic
    assert_equal "$(git -C w rev-list --count topic)" 2
}

# ---- pruning ----

many() {
    local i
    for ((i = $1; i <= $2; i++)); do doc "d$i" "${3:-1}"; done
}

@test "--prune removes what the stream does not have, within its limit" {
    commit "$(many 1 20)"
    commit "$(many 1 18)" --prune
    assert_success
    assert_equal "$(field '[.added,.changed,.removed,.unchanged]|@csv')" '0,0,2,18'
    assert_equal "$(g ls-tree -r main | wc -l)" 18
    commit "$(many 1 15)" --prune
    assert_failure 1
    assert_regex "$stderr" '3 of 18 documents.*limit is 1 .*--max-prune'
    assert_equal "$(count)" 2
    commit "$(many 1 15)" --prune --max-prune 3
    assert_success
    commit "$(many 1 1)" --prune --max-prune 100%
    assert_success
    assert_equal "$(g ls-tree -r --name-only main)" all/d1.json
}

@test "--prune keeps what is marked, what is outside the prefix, and what is no document" {
    commit "$(many 1 3)"
    commit "$(doc x 1)" -p other
    put all/readme.json <<<'{"text":"no document"}'
    commit '{"kind":"D","metadata":{"name":"k","annotations":{"bp/prune":"keep"}}}'
    commit "$(doc d1 1 Deployment)" --prune --max-prune 100% -p all
    assert_success
    run g ls-tree -r --name-only main
    assert_output 'all/d1.json
all/k.json
all/readme.json
other/all/x.json'
}

@test "--prune by an empty stream is refused, always" {
    commit "$(doc a 1)"
    for input in '' '[]'; do
        run --separate-stderr bp-commit -r repo.git --prune --allow-empty --max-prune 100% <<<"$input"
        assert_failure 2
    done
    assert_equal "$(count)" 1
}

@test "pruning takes one document out of a file of several" {
    { doc a 1; doc b 1; } | put all/m.jsonl
    commit "$(doc b 1)" --prune --max-prune 1
    assert_success
    assert_equal "$(g show main:all/m.jsonl)" "$(doc b 1)"
}

# ---- bad input ----

@test "an empty stream is refused unless allowed" {
    run --separate-stderr bp-commit -r repo.git </dev/null
    assert_failure 2
    assert_regex "$stderr" '\-\-allow-empty'
    run --separate-stderr bp-commit -r repo.git --allow-empty </dev/null
    assert_success
    assert_equal "$(field .commit)" null
    run g for-each-ref
    assert_output ''
}

@test "bad names are refused before anything is written" {
    for name in ../../x .git a/b '' 'a b' -x; do
        commit "$(doc ok 1; doc "$name" 1)"
        assert_failure 2
    done
    commit "$(doc a 1 Deployment ../up)"
    assert_failure 2
    commit "$(doc a 1 ../Kind)"
    assert_failure 2
    commit '{"kind":"D"}'
    assert_failure 2
    assert_regex "$stderr" ':1:1: error: .*\[document\]'
    run g for-each-ref
    assert_output ''
    run find repo.git/objects -type f
    assert_output ''
}

@test "a document that comes twice is a finding for each" {
    commit "$(doc a 1; doc b 1; doc a 2; doc b 3)"
    assert_failure 1
    assert_regex "$stderr" ":3:1: error: .*Deployment/a.*\[duplicate\]"
    assert_regex "$stderr" ":4:1: error: .*Deployment/b.*\[duplicate\]"
    run g for-each-ref
    assert_output ''
}

@test "cut-off input commits nothing" {
    run --separate-stderr bp-commit -r repo.git <<<"$(doc a 1)"'{"kind":"D","meta'
    assert_failure 2
    run g for-each-ref
    assert_output ''
}

@test "what is no repository is told from what is not there" {
    run --separate-stderr bp-commit -r none.git <<<"$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" "none.git.*No such file.*git init --bare --initial-branch=main 'none.git'"
    mkdir empty
    run --separate-stderr bp-commit -r empty <<<"$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" "'empty' is not a Git repository; .*git init --bare --initial-branch=main 'empty'"
    touch empty/file
    run --separate-stderr bp-commit -r empty <<<"$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" "'empty' is not a Git repository$"
}

@test "a directory inside a work tree is told as such" {
    git init -q -b main wt
    mkdir -p wt/sub/deep
    run --separate-stderr bp-commit -r wt/sub/deep/ <<<"$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" "'wt/sub/deep/' lies inside the work tree 'wt': .* -p 'sub/deep',"
    refute_regex "$stderr" 'git init'
    mkdir other
    ln -s ../wt/sub other/sub
    run --separate-stderr bp-commit -r other/sub <<<"$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" "'other/sub' lies inside the work tree '/.*/wt': "
    cd wt/sub
    run --separate-stderr bp-commit -r . <<<"$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" "'.' lies inside the work tree '/.*/wt': .* -p 'sub',"
    run --separate-stderr bp-commit -r ../.git/refs <<<"$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" "'../.git/refs' is not a Git repository$"
}

@test "one document is spoken of as one" {
    commit "$(doc a 1)$(doc a 2)"
    assert_failure 1
    assert_regex "$stderr" '1 document comes more than once'
    commit '{"kind":"D","metadata":{"name":"../x"}}'
    assert_failure 2
    assert_regex "$stderr" "1 document can't be committed"
}

# libgit2 1.5 itself leaks when it refuses a repository, and the leak check can't run under strace.
no_leak_check() {
    export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
}

@test "extensions that can't be handled are named" {
    no_leak_check
    g config core.repositoryformatversion 1
    g config extensions.objectformat sha256
    commit "$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" SHA-256
    g config --unset extensions.objectformat
    g config extensions.partialclone origin
    commit "$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" 'partial clone'
    g config --unset extensions.partialclone
    g config extensions.worktreeconfig true
    commit "$(doc a 1)"
    assert_success
}

@test "another user's repository is told as such" {
    [ "$(id -u)" = 0 ] || skip 'needs root'
    chown -R nobody repo.git
    commit "$(doc a 1)"
    assert_failure 2
    assert_regex "$stderr" 'belongs to another user.*safe.directory'
    git config --global --add safe.directory "$PWD/repo.git"
    commit "$(doc a 1)"
    assert_success
}

@test "a shallow clone can be committed to" {
    for i in 1 2 3; do commit "$(doc a $i)"; done
    git clone -q --bare --depth 1 "file://$PWD/repo.git" shallow.git
    REPO=shallow.git commit "$(doc a 9)"
    assert_success
    assert_equal "$(git -C shallow.git rev-list --count main)" 2
}

@test "a damaged repository is said to be damaged" {
    commit "$(doc a 1)"
    g cat-file -e main:all/a.json
    blob=$(g rev-parse main:all/a.json)
    rm -rf repo.git/bp
    chmod u+w "repo.git/objects/${blob:0:2}/${blob:2}"
    echo garbage >"repo.git/objects/${blob:0:2}/${blob:2}"
    before=$(cat repo.git/refs/heads/main)
    commit "$(doc a 2)"
    assert_failure 2
    assert_regex "$stderr" "damaged.*$blob"
    rm -f "repo.git/objects/${blob:0:2}/${blob:2}"
    commit "$(doc a 2)"
    assert_failure 2
    assert_equal "$(cat repo.git/refs/heads/main)" "$before"
}

@test "a full disk leaves the branch as it was" {
    commit "$(many 1 5)"
    before=$(g rev-parse main)
    for size in 0 1 4; do
        run bash -c "ulimit -f $size; trap '' XFSZ
            bp-commit -r repo.git" <<<"$(many 1 400 2)"
        assert_failure 2
        assert_equal "$(g rev-parse main)" "$before"
    done
    fsck
    commit "$(many 1 400 2)"
    assert_success
    assert_equal "$(field .changed)" 5
    assert_equal "$(field .added)" 395
    fsck
}

@test "a read-only repository is refused, and can be dry-run" {
    commit "$(doc a 1)"
    if [ "$(id -u)" = 0 ]; then
        command -v setpriv >/dev/null || skip 'no setpriv'
        chown -R nobody repo.git . && chmod -R a-w repo.git
        git config --global --add safe.directory '*'
        as="setpriv --reuid nobody --clear-groups"
        chmod -R a+rX "$HOME"
    else
        chmod -R a-w repo.git
        as=
    fi
    run --separate-stderr $as bp-commit -r repo.git <<<"$(doc a 2)"
    [ "$status" -ne 126 ] || skip 'program not reachable for that user'
    chmod -R u+w repo.git
    assert_failure 2
    assert_regex "$stderr" 'ermission denied|not writable|cannot write'
}

# ---- dry run, output ----

@test "-n says what would be done and writes nothing" {
    commit "$(doc a 1; doc b 1)"
    sum=$(find repo.git -type f -exec sha256sum {} + | sort)
    commit "$(doc a 2; tombstone b; doc c 1)" -n
    assert_success
    assert_equal "$(field '[.commit,.added,.changed,.removed,.dryRun]|@csv')" ',1,1,1,true'
    commit "$(doc a 2; tombstone b; doc c 1)" -n -o text
    assert_output 'change  Deployment/a  all/a.json
remove  Deployment/b  all/b.json
add     Deployment/c  all/c.json
refs/heads/main: 1 added, 1 changed, 1 removed, 0 unchanged: dry run, nothing was written'
    assert_equal "$(find repo.git -type f -exec sha256sum {} + | sort)" "$sum"
}

@test "a failing write of the result is reported, the commit stands" {
    [ -e /dev/full ] || skip 'no /dev/full'
    run bash -c 'bp-commit -r repo.git >/dev/full' <<<"$(doc a 1)"
    assert_failure 2
    assert_equal "$(count)" 1
}

@test "libgit2 does not read the certificates of the system" {
    requires strace
    no_leak_check
    strace -f -e trace=openat -o trace bp-commit -r repo.git <<<"$(doc a 1)"
    run grep -c ca-certificates trace
    assert_output 0
}
