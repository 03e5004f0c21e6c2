# bp-commit on repositories and documents as nobody should make them.

load helpers

setup() {
    requires git jq
    cd "$BATS_TEST_TMPDIR" || return
    export GIT_AUTHOR_NAME='Ada Writer' GIT_AUTHOR_EMAIL=ada@example.org
    export GIT_COMMITTER_NAME='Ada Writer' GIT_COMMITTER_EMAIL=ada@example.org
    git init -q --bare -b main repo.git
}

# doc NAME REPLICAS [KIND] [LOCATION]
doc() {
    printf '{"kind":"%s","metadata":{"name":"%s"%s},"spec":{"replicas":%s}}\n' \
        "${3:-K}" "$1" "${4:+,\"locationname\":\"$4\"}" "$2"
}

tombstone() {
    printf '{"kind":"K","metadata":{"name":"%s"},"deleted":true}\n' "$1"
}

commit() {
    local input=$1
    shift
    run --separate-stderr bp-commit -r repo.git "$@" <<<"$input"
}

g() {
    git -C repo.git "$@"
}

# put PATH [MODE]: standard input becomes a file, past bp-commit
put() {
    {
        printf 'commit refs/heads/main\ncommitter b <b@example.org> 1700000000 +0000\ndata 1\nx\n'
        ! g rev-parse -q --verify refs/heads/main >/dev/null || echo 'from refs/heads/main^0'
        cat >content
        printf 'M %s inline "%s"\ndata %s\n' "${2:-100644}" "$1" "$(stat -c %s content)"
        cat content
        echo
    } | g fast-import --quiet
}

fsck() {
    run g fsck --strict
    assert_success
    refute_output --partial error
}

# ---- files of several documents ----

# others NAME: what bp-get reads but for that document, in order
others() {
    bp-get -o json git:repo.git | jq -c "select(.metadata.name != \"$1\")"
}

# The files of the next tests, by name: three documents a, b and c each.
odd_file() {
    local a='kind: K\nmetadata: {name: a}\nspec: {replicas: 1}\n'
    local b=${a/name: a/name: b} c=${a/name: a/name: c} x
    case $1 in
    crlf.yaml) printf "# x\n---\n$a# y\n---\n$b...\n---\n$c" | sed 's/$/\r/' ;;
    cr.yaml) printf -- "---\n$a---\n$b---\n$c" | tr '\n' '\r' ;;
    cr-inside.yaml) printf -- "---\nx: \"1\r\r\r\r\r2\"\n$a---\n$b---\n$c" ;;
    nel.yaml) printf -- "---\nx: \"1\u0085\u0085\u0085\u00852\"\n$a---\n$b---\n$c" ;;
    line-separator.yaml) printf -- "---\nx: \"1\u2028\u2028\u2028\u20282\"\n$a---\n$b---\n$c" ;;
    separator-in-comment.yaml) printf -- "# \u2028$a---\n$b---\n$c" ;;
    mark.yaml) printf -- "\xef\xbb\xbf%%YAML 1.2\n---\n$a...\n%%YAML 1.2\n---\n$b---\n$c" ;;
    anchors.yaml)
        for x in a b c; do
            printf -- '--- # %s\nkind: &k K\nmetadata: {name: %s}\nspec: &s {replicas: 1}\nmore: [*s, *k]\n' $x $x
        done ;;
    tags.yaml) printf -- "%%TAG !y! tag:yaml.org,2002:\n--- !y!map\n$a...\n# c\n--- &r\n$b... # end\n---\t# c\n$c" ;;
    text.yaml) printf -- "$a""text: |+\n  x\n  --- no\n  ...\n\n\n---\n$b---\n$c""text: >-\n  #no comment\n" ;;
    flow.yaml) printf -- '--- %s\n' "$(doc a 1)" "$(doc b 1)" "$(doc c 1)" ;;
    empty.yaml) printf -- "---\n---\n$a---\n---\n# nothing\n---\n$b---\n$c---\n" ;;
    crlf.json) { doc a 1; doc b 1; doc c 1; } | sed 's/$/\r/' ;;
    mark.json) printf '\xef\xbb\xbf'; doc a 1; doc b 1; doc c 1 ;;
    no-break.json) printf '%s%s%s' "$(doc a 1)" "$(doc b 1)" "$(doc c 1)" ;;
    indented.json) { doc a 1; doc b 1; doc c 1; } | jq . ;;
    arrays.json) printf '[%s,%s][] [%s]' "$(doc a 1)" "$(doc b 1)" "$(doc c 1)" ;;
    mixed.json) printf '%s\n[%s]\n%s' "$(doc a 1)" "$(doc b 1)" "$(doc c 1)" ;;
    blank.jsonl) printf '\n\n%s\n\n   \n%s\n%s\n\n' "$(doc a 1)" "$(doc b 1)" "$(doc c 1)" ;;
    esac
}

ODD_FILES="crlf.yaml cr.yaml cr-inside.yaml nel.yaml line-separator.yaml separator-in-comment.yaml mark.yaml
    anchors.yaml tags.yaml text.yaml flow.yaml empty.yaml crlf.json mark.json no-break.json indented.json
    arrays.json mixed.json blank.jsonl"

@test "whatever a file looks like, the one document changes and the others stay" {
    for file in $ODD_FILES; do
        for name in a b c; do
            rm -rf repo.git
            git init -q --bare -b main repo.git
            odd_file "$file" | put "$file"
            others "$name" >before
            [ "$(wc -l <before)" = 2 ] || fail "$file does not hold three documents"
            commit "$(doc "$name" 9)"
            assert_success
            assert_equal "$file $(field_counts)" "$file 0,1,0"
            others "$name" >after
            cmp before after || fail "$file: changing $name changed others"
            assert_equal "$(bp-get -N "$name" -o json git:repo.git)" "$(doc "$name" 9)"
            assert_equal "$(g ls-tree -r --name-only main)" "$file"
        done
    done
}

@test "whatever a file looks like, the one document goes and the others stay" {
    for file in $ODD_FILES; do
        for name in a b c; do
            rm -rf repo.git
            git init -q --bare -b main repo.git
            odd_file "$file" | put "$file"
            others "$name" >before
            commit "$(tombstone "$name")"
            assert_success
            assert_equal "$file $(field_counts)" "$file 0,0,1"
            bp-get -o json git:repo.git >after
            cmp before after || fail "$file: removing $name changed others"
        done
    done
}

field_counts() {
    jq -r '[.added,.changed,.removed]|@csv' <<<"$output"
}

@test "a file that can't be changed without harm to the rest is not changed" {
    printf '1%s2' "$(doc a 1)" | put odd.json
    before=$(g rev-parse main)
    commit "$(tombstone a)"
    assert_failure 2
    assert_regex "$stderr" "'odd.json' .* change it by hand"
    assert_equal "$(g rev-parse main)" "$before"
}

# ---- names and places ----

@test "the longest names can be checked out, and are found again" {
    long=$(printf 'n%.0s' {1..253})
    commit "$(doc "$long" 1; doc "$long" 1 "$long"; doc "$long" 1 "${long/n/m}" "$long")"
    assert_success
    run git clone -q repo.git clone
    assert_success
    commit "$(doc "$long" 2; doc "$long" 2 "$long"; doc "$long" 2 "${long/n/m}" "$long")"
    assert_equal "$(field_counts)" 0,3,0
    fsck
}

@test "kinds that differ in case alone have a file each" {
    commit "$(for kind in K kind Kind KIND kInd; do doc a 1 $kind; done)"
    assert_success
    assert_equal "$(field_counts)" 5,0,0
    commit "$(for kind in K kind Kind KIND kInd; do doc a 2 $kind; done)"
    assert_equal "$(field_counts)" 0,5,0
    assert_equal "$(g ls-tree -r main | wc -l)" 5
}

@test "links and submodules are neither read nor followed" {
    doc a 1 | put real/a.json
    printf real/a.json | put link.json 120000
    printf /etc | put outside 120000
    printf 'M 160000 %s "module"\n' "$(g rev-parse main)" >gitlink
    {
        printf 'commit refs/heads/main\ncommitter b <b@example.org> 1700000000 +0000\ndata 1\nx\n'
        printf 'from refs/heads/main^0\n'
        cat gitlink
    } | g fast-import --quiet
    commit "$(doc a 2)"
    assert_equal "$(field_counts)" 0,1,0
    for place in outside module; do
        commit "$(doc b 1 K "$place")"
        assert_failure 2
        assert_regex "$stderr" "'$place' stands in the repository where a directory is needed"
    done
}

@test "a prefix too deep or too long to be checked out is refused" {
    for prefix in "$(printf 'a/%.0s' {1..33})" "$(printf 'x%.0s' {1..256})"; do
        commit "$(doc a 1)" -p "$prefix"
        assert_failure 2
        assert_regex "$stderr" 'prefix .* has (more than 32 parts|a part of more than 255 bytes)'
    done
    commit "$(doc a 1)" -p "$(printf 'a/%.0s' {1..32})"
    assert_success
    assert_equal "$(bp-get -o json git:repo.git)" "$(doc a 1)"
}

@test "a tree that holds itself many times over ends with a message" {
    tree=$(printf '100644 blob %s\tx\n' "$(g hash-object -w --stdin </dev/null)" | g mktree)
    for _ in {1..8}; do
        tree=$(for i in {0..9}; do printf '040000 tree %s\td%s\n' "$tree" "$i"; done | g mktree)
    done
    g update-ref refs/heads/main "$(g commit-tree -m bomb "$tree")"
    run timeout 120 bp-commit -r repo.git <<<"$(doc a 1)"
    assert_failure 2
    assert_output --partial 'more than 4000000 files and directories'
}

# ---- texts ----

@test "a name that is pruned forges no line and drives no terminal" {
    doc keep 1 | put all/keep.json
    jq -cn '{kind: "K", metadata: {name: "x\n\nSigned-off-by: Eve <e>\u001b[31m"}}' | put 'all/\\033[31m.json'
    commit "$(doc keep 1)" --prune -v -o text
    assert_success
    [[ $output != *$'\e'* ]]
    assert_equal "$(g log -1 --format=%s main)" 'K/x\n\nSigned-off-by: Eve <e>\x1b[31m: remove'
    assert_equal "$(g log -1 --format='%(trailers)' main)" ''
}

@test "names and addresses of which nothing would be left are refused" {
    for who in '<a@x>' ' <a@x>' '. <a@x>' 'A <>' 'A <.>'; do
        commit "$(doc a 1)" --author "$who"
        assert_failure 2
        assert_regex "$stderr" 'of the author is empty|not of the form'
    done
}

# ---- branches ----

@test "a symbolic branch is the one it leads to" {
    commit "$(doc a 1)"
    g symbolic-ref refs/heads/alias refs/heads/main
    commit "$(doc a 2)" -b alias
    assert_success
    assert_equal "$(jq -r .ref <<<"$output")" refs/heads/main
    assert_equal "$(g symbolic-ref refs/heads/alias)" refs/heads/main
    assert_equal "$(g rev-list --count main)" 2
    g symbolic-ref HEAD refs/heads/alias
    commit "$(doc a 3)"
    assert_success
    assert_equal "$(g rev-list --count main)" 3
}

@test "symbolic references in a circle, and to what is no branch, are refused" {
    commit "$(doc a 1)"
    g tag v1 main
    g symbolic-ref refs/heads/one refs/heads/two
    g symbolic-ref refs/heads/two refs/heads/one
    g symbolic-ref refs/heads/tagged refs/tags/v1
    for branch in one tagged; do
        commit "$(doc a 2)" -b "$branch"
        assert_failure 2
        assert_regex "$stderr" 'symbolic'
    done
    echo 'ref: refs/tags/v1' >repo.git/HEAD
    commit "$(doc a 2)"
    assert_failure 2
    assert_regex "$stderr" 'HEAD .* names no branch'
    assert_equal "$(g rev-list --count v1)" 1
}

@test "the environment of git does not say which repository" {
    GIT_DIR=/nonexistent GIT_OBJECT_DIRECTORY=/nonexistent GIT_INDEX_FILE=/nonexistent commit "$(doc a 1)"
    assert_success
    assert_equal "$(g rev-list --count main)" 1
}

@test "hooks are not run" {
    for hook in pre-commit post-commit reference-transaction update pre-receive post-receive; do
        printf '#!/bin/sh\n: >%s/hook-ran\nexit 1\n' "$PWD" >"repo.git/hooks/$hook"
        chmod +x "repo.git/hooks/$hook"
    done
    commit "$(doc a 1)"
    assert_success
    [ ! -e hook-ran ]
}
