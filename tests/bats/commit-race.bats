# bp-commit among other writers, killed, and with a damaged index.

load helpers

setup() {
    requires git jq
    cd "$BATS_TEST_TMPDIR" || return
    export GIT_AUTHOR_NAME='Ada Writer' GIT_AUTHOR_EMAIL=ada@example.org
    export GIT_COMMITTER_NAME='Ada Writer' GIT_COMMITTER_EMAIL=ada@example.org
    git init -q --bare -b main repo.git
}

doc() {
    printf '{"kind":"Deployment","metadata":{"name":"%s"},"spec":{"replicas":%s}}\n' "$1" "$2"
}

many() {
    local i
    for ((i = $1; i <= $2; i++)); do doc "d$i" "$3"; done
}

g() {
    git -C repo.git "$@"
}

fsck() {
    run git -C repo.git fsck --strict
    assert_success
    refute_output --partial error
}

value() {
    g show "main:all/$1.json" | jq .spec.replicas
}

# ---- races ----

@test "20 writers at once: every document of every writer arrives" {
    doc base 0 | bp-commit -r repo.git
    for w in {1..20}; do
        (for i in 1 2 3; do
            doc "w$w-$i" "$w" | bp-commit -r repo.git >"out.$w.$i" 2>"err.$w.$i" || echo "$?" >"failed.$w.$i"
        done) &
    done
    wait
    run ls
    refute_output --partial failed
    assert_equal "$(g ls-tree -r main | wc -l)" 61
    assert_equal "$(g rev-list --count main)" 61
    for w in {1..20}; do
        for i in 1 2 3; do
            [ "$(value "w$w-$i")" = "$w" ]
        done
    done
    assert_equal "$(g rev-list --merges --count main)" 0
    fsck
}

@test "writers that don't know of the queue lose nothing either" {
    doc base 0 | bp-commit -r repo.git
    (for i in {1..25}; do
        blob=$(doc "git$i" "$i" | g hash-object -w --stdin)
        until
            head=$(g rev-parse main)
            tree=$({ g ls-tree "$head:all"; printf '100644 blob %s\tgit%d.json\n' "$blob" "$i"; } | g mktree)
            root=$(printf '040000 tree %s\tall\n' "$tree" | g mktree)
            g update-ref refs/heads/main "$(g commit-tree -p "$head" -m "git$i" "$root")" "$head" 2>/dev/null
        do :; done
    done) &
    for i in {1..25}; do
        doc "bp$i" "$i" | bp-commit -r repo.git >/dev/null
    done
    wait
    assert_equal "$(g ls-tree -r main | wc -l)" 51
    assert_equal "$(g rev-list --count main)" 51
    fsck
}

# behind COMMAND...: starts bp-commit with its input still open, runs the command, then sends the input
# and ends it. What it wrote is in out and err, what it returned in $status.
behind() {
    local input=$1 pid
    shift
    rm -f pipe started
    mkfifo pipe
    bp-commit -r repo.git "${options[@]}" <pipe >out 2>err &
    pid=$!
    exec 8>pipe
    # It has read the branch once it waits for input.
    for ((i = 0; i < 200; i++)); do
        [[ $(cat "/proc/$pid/wchan" 2>/dev/null) == *pipe* ]] && break
        sleep 0.01
    done
    "$@"
    printf '%s\n' "$input" >&8
    exec 8>&-
    status=0
    wait "$pid" || status=$?
}

other() {
    GIT_AUTHOR_NAME='Bob Other' bp-commit -r repo.git <<<"$1" >other.json
}

@test "a conflicting edit is reported with its commit and author, not overwritten" {
    many 1 3 1 | bp-commit -r repo.git
    behind "$(doc d1 5; doc d2 5)" other "$(doc d1 7)"
    assert_equal "$status" 1
    run cat err
    assert_line --partial "Deployment/d1' was changed by commit $(jq -r '.commit[:12]' other.json) of Bob Other"
    refute_line --partial "Deployment/d2'"
    assert_equal "$(cat out)" ''
    assert_equal "$(value d1) $(value d2)" '7 1'
    assert_equal "$(g rev-list --count main)" 2
}

@test "edits of other documents don't conflict" {
    many 1 3 1 | bp-commit -r repo.git
    behind "$(doc d1 5; doc new 1)" other "$(doc d2 7; doc theirs 1)"
    assert_equal "$status" 0
    assert_equal "$(value d1) $(value d2) $(value new) $(value theirs)" '5 7 1 1'
    assert_equal "$(jq -r .parent out)" "$(jq -r .commit other.json)"
}

@test "the same edit by another writer is no conflict" {
    many 1 3 1 | bp-commit -r repo.git
    behind "$(doc d1 5; doc d2 6)" other "$(doc d1 5)"
    assert_equal "$status" 0
    assert_equal "$(jq -c '[.changed,.unchanged]' out)" '[1,1]'
}

@test "edit against removal, and addition against addition, conflict" {
    many 1 3 1 | bp-commit -r repo.git
    behind "$(doc d1 5)" other '{"kind":"Deployment","metadata":{"name":"d1"},"deleted":true}'
    assert_equal "$status" 1
    run cat err
    assert_output --partial "'Deployment/d1' was removed by commit"
    behind "$(doc x 5)" other "$(doc x 6)"
    assert_equal "$status" 1
    run cat err
    assert_output --partial "'Deployment/x' was added by commit"
    behind '{"kind":"Deployment","metadata":{"name":"d2"},"deleted":true}' other "$(doc d2 9)"
    assert_equal "$status" 1
    assert_equal "$(value d2)" 9
}

# push SCRIPT: what another person changes in a clone, committed and pushed
push() {
    rm -rf clone
    git clone -q repo.git clone
    (cd clone && eval "$1" && git add -A && git commit -qm other && git push -q) 2>/dev/null
}

@test "a document that was only moved, or written in another format, is no conflict" {
    many 1 3 1 | bp-commit -r repo.git
    behind "$(doc d1 5; doc d2 5; doc d3 5)" push 'mkdir x; git mv all/d1.json x/q.json
        jq . <all/d2.json >all/d2.yaml; rm all/d2.json; jq -c . all/d3.json >many.jsonl; rm all/d3.json'
    assert_equal "$status" 0
    assert_equal "$(jq -c '[.added,.changed]' out)" '[0,3]'
    run g ls-tree -r --name-only main
    assert_output 'all/d2.yaml
many.jsonl
x/q.json'
    assert_equal "$(bp-get -o json git:repo.git | jq -c .spec.replicas | sort -u)" 5
}

@test "a document that was moved and changed, broken or removed by force is a conflict" {
    for script in 'mkdir x; git mv all/d1.json x/q.json; doc d1 7 >x/q.json' 'echo { >all/d1.json' \
        'doc d1 7 >all/d1.yaml; rm all/d1.json' 'git rm -q all/d1.json'; do
        rm -rf repo.git
        git init -q --bare -b main repo.git
        many 1 2 1 | bp-commit -r repo.git
        behind "$(doc d1 5)" push "$script"
        assert_equal "$status $script" "1 $script"
        run cat err
        assert_output --regexp "Deployment/d1' was (changed|removed) by commit .* while this run prepared to change it"
    done
}

@test "git gc at the same time is no trouble" {
    git -C repo.git config gc.auto 0
    (for _ in {1..20000}; do [ -e stop ] || find repo.git/objects -mindepth 1 -type d -empty -name '??' -delete; done) 3>&- 2>/dev/null &
    for i in {1..60}; do
        doc "d$((i % 5))" "$i" | bp-commit -r repo.git >/dev/null || touch failed
        ((i % 15)) || { g repack -adq; g pack-refs --all; }
    done
    touch stop
    wait
    [ ! -e failed ]
    assert_equal "$(g rev-list --count main)" 60
    fsck
}

@test "what others added meanwhile is not pruned" {
    many 1 3 1 | bp-commit -r repo.git
    options=(--prune --max-prune 100%)
    behind "$(many 1 2 1)" other "$(doc theirs 1)"
    assert_equal "$status" 1
    run cat err
    assert_output --partial "'Deployment/theirs' was added by commit"
    assert_equal "$(value theirs)" 1
}

@test "a branch deleted meanwhile is not made again" {
    many 1 3 1 | bp-commit -r repo.git
    behind "$(doc d1 5)" g update-ref -d refs/heads/main
    assert_equal "$status" 1
    run g for-each-ref
    assert_output ''
}

# ---- locks ----

@test "a branch locked for too long is tried again later" {
    doc a 1 | bp-commit -r repo.git
    touch repo.git/refs/heads/main.lock
    run --separate-stderr bp-commit -r repo.git --lock-timeout 1 <<<"$(doc a 2)"
    assert_failure 75
    assert_regex "$stderr" 'refs/heads/main.lock.*remove the file'
    assert_equal "$(value a)" 1
    rm repo.git/refs/heads/main.lock
    run bp-commit -r repo.git <<<"$(doc a 2)"
    assert_success
}

@test "a lock that goes away is waited for" {
    doc a 1 | bp-commit -r repo.git
    touch repo.git/refs/heads/main.lock
    (sleep 0.3; rm repo.git/refs/heads/main.lock) &
    run bp-commit -r repo.git --lock-timeout 20 <<<"$(doc a 2)"
    assert_success
    wait
}

@test "what a killed writer of ours left is taken away, what is of others is not" {
    doc a 1 | bp-commit -r repo.git
    id=$(g rev-parse main)
    echo "$id" >repo.git/refs/heads/main.lock
    echo "refs/heads/main $id" >repo.git/bp/intent
    run bp-commit -r repo.git --lock-timeout 5 <<<"$(doc a 2)"
    assert_success
    [ ! -e repo.git/refs/heads/main.lock ]
    [ ! -e repo.git/bp/intent ]
    # Empty and old.
    touch -d '1 minute ago' repo.git/refs/heads/main.lock
    echo "refs/heads/main $id" >repo.git/bp/intent
    run bp-commit -r repo.git --lock-timeout 5 <<<"$(doc a 3)"
    assert_success
    # Another id: not ours.
    echo 0123456789012345678901234567890123456789 >repo.git/refs/heads/main.lock
    echo "refs/heads/main $id" >repo.git/bp/intent
    run bp-commit -r repo.git --lock-timeout 1 <<<"$(doc a 4)"
    assert_failure 75
    [ -e repo.git/refs/heads/main.lock ]
}

@test "killed at any moment: the branch is old or new, and the next run goes on" {
    many 1 80 0 | bp-commit -r repo.git
    for n in {1..40}; do
        before=$(g rev-parse main)
        # Every other one is large enough for a pack.
        many 1 $((n % 2 ? 3 : 80)) "$n" >input
        bp-commit -r repo.git input >/dev/null 2>&1 &
        pid=$!
        sleep "0.0$(printf %03d $((RANDOM % 250)))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        after=$(g rev-parse main)
        [ "$after" = "$before" ] || [ "$(g rev-parse main^)" = "$before" ]
        [ "$(value d1)" = "$(value d2)" ]
    done
    run bp-commit -r repo.git --lock-timeout 10 <<<"$(many 1 80 99)"
    assert_success
    assert_equal "$(g ls-tree -r main | wc -l)" 80
    fsck
}

# ---- the index ----

# The index says where a document stands that is not in its usual place, so a document that it does
# not find would be added a second time.
index_setup() {
    many 1 300 1 >docs.jsonl
    blob=$(g hash-object -w --stdin <docs.jsonl)
    g update-ref refs/heads/main "$(g commit-tree -m lines \
        "$(printf '100644 blob %s\tlines.jsonl\n' "$blob" | g mktree)")"
    doc single 1 | bp-commit -r repo.git
    index=$(echo repo.git/bp/index-*)
    [ -e "$index" ]
}

# Changes documents of every corner, and looks that none was added.
index_check() {
    local v=$RANDOM
    run --separate-stderr bp-commit -r repo.git <<<"$(doc d1 "$v"; doc d150 "$v"; doc d300 "$v"; doc single "$v")"
    assert_success
    assert_equal "$(jq -c '[.added,.changed]' <<<"$output")" '[0,4]'
    assert_equal "$(g ls-tree -r main | wc -l)" 2
}

@test "the index heals: missing, empty, cut, of another version or make" {
    index_setup
    rm "$index"; index_check
    : >"$index"; index_check
    size=$(stat -c %s "$index")
    for n in 1 100 1000 2000 3000 5000; do
        head -c $((size > n ? size - n : 1)) "$index" >cut && cp cut "$index"
        index_check
    done
    printf 'x' | dd of="$index" bs=1 seek=8 conv=notrunc status=none; index_check
    head -c 5000 /dev/urandom >"$index"; index_check
    rm "$index"; mkdir "$index"; index_check; rmdir "$index"
    rm -f "$index"; ln -s /etc/passwd "$index"; index_check
}

@test "the index heals: a byte altered anywhere" {
    index_setup
    size=$(stat -c %s "$index")
    cp "$index" whole
    head=$(g rev-parse main)
    for ((at = 0; at < size; at += size / 60 + 1)); do
        cp whole "$index"
        g update-ref refs/heads/main "$head"
        printf '\xa5' | dd of="$index" bs=1 seek="$at" conv=notrunc status=none
        index_check
    done
}

@test "the index heals: of another repository, of a tree that is gone" {
    index_setup
    git init -q --bare -b main other.git
    doc d1 1 | bp-commit -r other.git
    cp other.git/bp/index-* "$index"
    index_check
    # A tree nobody keeps.
    cp "$index" old
    g update-ref refs/heads/main "$(g rev-list --max-parents=0 main)"
    g reflog expire --expire=all --all
    git -C repo.git gc -q --prune=now
    doc single 5 | bp-commit -r repo.git
    cp old "$index"
    index_check
}

@test "the index follows what others commit, also to other places" {
    index_setup
    git clone -q repo.git w 2>/dev/null
    cd w
    mkdir deep
    git mv all/single.json deep/er.json
    doc extra 1 >deep/extra.json
    sed -i '/"d7"/d' lines.jsonl
    git add -A
    git commit -qm move
    git push -q
    cd ..
    run bp-commit -r repo.git <<<"$(doc single 8; doc extra 8; doc d7 8; doc d8 8)"
    assert_success
    assert_equal "$(jq -c '[.added,.changed]' <<<"$output")" '[1,3]'
    run g ls-tree -r --name-only main
    assert_output 'all/d7.json
deep/er.json
deep/extra.json
lines.jsonl'
}

@test "an index that can't be written is only a remark" {
    index_setup
    rm -rf repo.git/bp
    touch repo.git/bp
    run --separate-stderr bp-commit -r repo.git -v <<<"$(doc single 3)"
    assert_success
    assert_regex "$stderr" 'index.*could not be written'
    assert_equal "$(value single)" 3
}

@test "the journal of the index is folded in when it grows long" {
    index_setup
    for n in {1..12}; do
        many $((n * 1000)) $((n * 1000 + 120)) 1 | bp-commit -r repo.git >/dev/null
    done
    index_size=$(stat -c %s "$index")
    [ "$index_size" -lt 200000 ]
    run bp-commit -r repo.git <<<"$(doc d12050 2; doc d1 2; doc d1000 2)"
    assert_equal "$(jq -c '[.added,.changed]' <<<"$output")" '[0,3]'
}

# One step of a history by others: files come, go, move, are doubled, broken, written in other formats;
# the branch goes back or over to what another one is.
foreign() {
    local names=(a b c d e) path name=${names[RANDOM % 5]} dirs=(all p/all p x/y .) branch=$1
    rm -rf clone
    git clone -q repo.git clone 2>/dev/null
    cd clone || return
    git checkout -q "$branch" 2>/dev/null || git checkout -q -b "$branch"
    mapfile -t paths < <(git ls-files)
    path=${paths[RANDOM % (${#paths[@]} + 1)]:-}
    mkdir -p "${dirs[@]}"
    case $((RANDOM % 9)) in
    0 | 1) doc "$name" "$RANDOM" >"${dirs[RANDOM % 5]}/$name$((RANDOM % 2)).json" ;;
    2) { echo ---; doc "$name" 1; echo ---; doc "${names[RANDOM % 5]}" 2; } >"${dirs[RANDOM % 5]}/m.yaml" ;;
    3) [ -z "$path" ] || git mv -f "$path" "moved$((RANDOM % 3)).${path##*.}" ;;
    4) [ -z "$path" ] || git rm -q "$path" ;;
    5) [ -z "$path" ] || echo '{' >"$path" ;;
    6) git reset -q --hard HEAD~2 2>/dev/null ;;
    7) git reset -q --hard "$(git rev-parse -q --verify origin/main)" ;;
    8) rm -f ../repo.git/bp/index-* ;;
    esac
    git add -A
    git commit -qm foreign
    git push -qf origin "$branch" 2>/dev/null
}

@test "a commit by the index is the commit that would be made without one" {
    export GIT_AUTHOR_DATE='@1700000000 +0000' GIT_COMMITTER_DATE='@1700000000 +0000'
    local names=(a b c d e) prefixes=('' p x/y) branches=(main other)
    RANDOM=${SEED:-1}
    doc a 1 | bp-commit -r repo.git
    for _ in {1..40}; do
        branch=${branches[RANDOM % 2]}
        foreign "$branch" || true
        cd "$BATS_TEST_TMPDIR"
        options=(-b "$branch" --create-branch -p "${prefixes[RANDOM % 3]}")
        ((RANDOM % 4)) || options+=(--prune --max-prune '100%')
        input=$(doc "${names[RANDOM % 3]}" "$RANDOM"; jq -cn --arg name "${names[3 + RANDOM % 2]}" \
            '{kind: "Deployment", metadata: {name: $name}, deleted: true}')
        rm -rf without
        mkdir without
        cp -r repo.git without
        rm -rf without/repo.git/bp
        run bp-commit -r repo.git "${options[@]}" <<<"$input"
        with="$status $output"
        cd without
        run bp-commit -r repo.git "${options[@]}" <<<"$input"
        cd ..
        assert_equal "$with" "$status $output"
    done
    fsck
}
