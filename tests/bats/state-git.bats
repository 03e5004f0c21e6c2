# The state word git:REPO[#REV[:SUBDIR]].

load helpers

setup() {
    requires git jq
    cd "$BATS_TEST_TMPDIR" || return
    export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@x.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@x.org
    git init -q -b main w
    cd w || return
    mkdir -p site1/deep site2
    echo '{"kind":"K","metadata":{"name":"a"},"n":1.10}' >site1/a.json
    printf 'kind: K\nmetadata: {name: y1}\n---\nkind: K\nmetadata: {name: y2}\n' >site1/deep/y.yaml
    printf '{"kind":"K","metadata":{"name":"l1"}}\n{"kind":"K","metadata":{"name":"l2"}}\n' >site2/l.jsonl
    echo '[{"kind":"K","metadata":{"name":"r"}}]' >r.json
    echo 'not one' >readme.txt
    echo '{"kind":"K","metadata":{"name":"hidden"}}' >.hidden.json
    ln -s site1/a.json link.json
    git add -A
    git commit -qm one
    git tag v1
    echo '{"kind":"K","metadata":{"name":"a"},"n":2}' >site1/a.json
    git commit -qam two
    cd .. || return
    git clone -q --bare w repo.git
}

names() {
    run --separate-stderr bp-get -o json "$@"
    assert_success
    jq -rs '[.[].metadata.name]|join(" ")' <<<"$output"
}

@test "all documents of HEAD, bare or not" {
    assert_equal "$(names git:repo.git)" 'r a y1 y2 l1 l2'
    assert_equal "$(names git:w)" 'r a y1 y2 l1 l2'
    assert_equal "$(names git:w/.git)" 'r a y1 y2 l1 l2'
}

@test "the work tree does not matter" {
    rm -r w/site1
    echo junk >w/r.json
    assert_equal "$(names git:w)" 'r a y1 y2 l1 l2'
}

@test "any revision" {
    for rev in v1 HEAD~1 main^ "$(git -C w rev-parse v1)" "$(git -C w rev-parse --short v1)" refs/tags/v1; do
        run --separate-stderr bp-get "git:repo.git#$rev:site1" -o json -N a
        assert_output --partial '"n":1.10'
    done
    for rev in main HEAD ''; do
        run --separate-stderr bp-get "git:repo.git#$rev:site1" -o json -N a
        assert_output --partial '"n":2'
    done
}

@test "a directory in the tree" {
    assert_equal "$(names git:repo.git#main:site1)" 'a y1 y2'
    assert_equal "$(names git:repo.git#main:site1/deep/)" 'y1 y2'
    run bp-get git:repo.git#main:nowhere
    assert_failure 2
    assert_output --partial "no directory 'nowhere' at 'main'"
    run bp-get git:repo.git#main:r.json
    assert_failure 2
    assert_output --partial 'not a directory'
}

@test "what is not there is said" {
    run bp-get git:repo.git#nope
    assert_failure 2
    assert_output --partial "repository 'repo.git' has no revision 'nope'"
    run bp-get git:none.git
    assert_failure 2
    assert_output --partial "none.git"
    git init -q --bare empty.git
    run bp-get git:empty.git
    assert_failure 2
    assert_output --partial "has no commit yet"
    run bp-get git:
    assert_failure 2
}

@test "a HEAD without a commit is told apart from branches that have one" {
    git init -q --bare -b master site.git
    git -C w push -q ../site.git main
    run bp-get git:site.git
    assert_failure 2
    assert_output --partial "HEAD of repository 'site.git' names branch 'master', which has no commit; \
there are: 'main': write git:site.git#main"
    for i in 1 2 3 4 5; do git -C w push -q ../site.git "main:refs/heads/b$i"; done
    run bp-get git:site.git
    assert_failure 2
    assert_output --partial "'b4', 'b5', ...: write git:site.git#BRANCH"
    refute_output --partial "'main'"
    run bp-get git:site.git#main
    assert_success
}

@test "a revision that is not there is answered with those that may be meant" {
    run bp-get git:repo.git#maim
    assert_failure 2
    assert_output --partial "repository 'repo.git' has no revision 'maim'; did you mean the branch 'main'?"
    git -C repo.git branch topic
    run bp-get git:repo.git#nothing-like-it
    assert_failure 2
    assert_output --partial "no revision 'nothing-like-it'; its branches are: 'topic', 'main'"
}

@test "a reader is not told to make a repository" {
    mkdir empty
    for path in empty none.git; do
        run bp-get "git:$path"
        assert_failure 2
        refute_output --partial 'git init'
    done
    run bp-get git:w/site1
    assert_failure 2
    assert_output --partial "'w/site1' lies inside the work tree 'w': "
    assert_output --partial "'git:w#HEAD:site1'"
}

@test "'#' and ':' in the names of repository, branch and directory" {
    git -C w branch 'odd#name' v1
    cp -r w 're#po'
    cp -r w 'a:b'
    for word in 'git:w#odd#name:site1' 'git:re#po#v1:site1' 'git:re#po#odd#name:site1' 'git:a:b#v1:site1'; do
        run --separate-stderr bp-get "$word" -o json -N a
        assert_success
        assert_output --partial '"n":1.10'
    done
    for word in 'git:re#po' 'git:re#po#' 'git:a:b' 'git:./a:b#main'; do
        assert_equal "$(names "$word")" 'r a y1 y2 l1 l2'
    done
}

@test "odd words are refused, and never an empty state" {
    blob=$(git -C w rev-parse main:r.json)
    for word in 'git:#main' "git:w#$blob" 'git:w#main..v1' 'git:w#^main' 'git:w#..' 'git:w#:..' 'git:w#:/site1' \
        'git:w#main:site1:x' 'git:w#0000000000000000000000000000000000000000' 'git:w#v1@{9}' 'git:w/site1'; do
        run --separate-stderr bp-get "$word" -o json
        assert_failure 2
        assert_output ''
    done
    run bp-get "git:w#$blob"
    assert_output --partial 'is neither commit nor tree'
    assert_equal "$(names 'git:w#HEAD^{tree}')" 'r a y1 y2 l1 l2'
}

@test "remote repositories are not read yet" {
    for url in https://example.org/x.git ssh://host/x git@host:x.git file:///srv/x.git; do
        run bp-get "git:$url#main"
        assert_failure 2
        assert_output --partial "remote repositories are not supported yet; clone or fetch first"
    done
}

@test "a malformed file is a finding with its place" {
    cd w
    printf '{"kind":"K",\n  oops}\n' >site2/bad.json
    git add -A
    git commit -qm bad
    run --separate-stderr bp-get git:.#main
    assert_failure 2
    assert_regex "$stderr" 'main:site2/bad.json:2:3: error: .*\[syntax\]'
    assert_output ''
}

@test "ten thousand documents, all of them" {
    git init -q --bare -b main many.git
    for i in {1..10000}; do echo "{\"kind\":\"K\",\"metadata\":{\"name\":\"n$i\"}}"; done |
        bp-commit -r many.git >/dev/null
    run bash -c 'set -o pipefail; bp-get git:many.git -o json | wc -l'
    assert_output 10000
}
