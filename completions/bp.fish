# Completion of the bp commands for fish. Written by completions/generate from the option tables.

function __bp_states
    __fish_complete_path (commandline -ct)
    printf '%s\n' dir: git:
end

complete -c bp -n __fish_use_subcommand -x -a apply -d 'make changes to a store, in the order of their dependencies'
complete -c bp-apply -s t -l target -d 'store to apply to: dir:PATH' -x -a '(__bp_states)'
complete -c bp-apply -s n -l dry-run -d 'check everything, write nothing'
complete -c bp-apply -l max-prune -d 'most documents to delete, as a count or share of those in the store (default: any number)' -x
complete -c bp-apply -l force-delete -d 'delete also what other documents depend on'
complete -c bp-apply -l allow-empty -d 'no changes at all is no error'
complete -c bp-apply -l lock-timeout -d 'how long to wait while another writer holds the store (default: 30)' -x
complete -c bp-apply -l report -d 'write the findings as JSON lines to FILE' -r -F
complete -c bp-apply -s o -l output -d 'output format (default: json, on a terminal text)' -x -a 'json text'
complete -c bp-apply -s q -l quiet -d 'no remarks on standard error'
complete -c bp-apply -s v -l verbose -d 'more remarks on standard error'
complete -c bp-apply -l help -d 'show this help and exit'
complete -c bp-apply -l version -d 'show the version and exit'
complete -c bp -n __fish_use_subcommand -x -a commit -d 'commit changed documents to a Git repository'
complete -c bp-commit -f -a '(__bp_states)'
complete -c bp-commit -s r -l repo -d 'repository to commit to, bare or not' -x -a '(__fish_complete_directories)'
complete -c bp-commit -s b -l branch -d 'branch to commit to (default: the one HEAD names)' -x
complete -c bp-commit -l create-branch -d 'start the branch from HEAD if it does not exist'
complete -c bp-commit -s p -l prefix -d 'directory in the repository that holds the documents' -x
complete -c bp-commit -s m -l message -d 'commit message (default: says what changes)' -x
complete -c bp-commit -l trailer -d 'line at the end of the message; may be repeated' -x
complete -c bp-commit -l author -d 'author (default: as git finds it)' -x
complete -c bp-commit -l committer -d 'committer (default: as git finds it)' -x
complete -c bp-commit -l prune -d 'remove documents that the stream does not have'
complete -c bp-commit -l max-prune -d 'most documents to prune, as a count or share of those there are (default: 10%)' -x
complete -c bp-commit -l allow-empty -d 'an empty stream is no error, and no commit'
complete -c bp-commit -s n -l dry-run -d 'say what would be done, write nothing'
complete -c bp-commit -l lock-timeout -d 'how long to wait while others hold the branch (default: 30)' -x
complete -c bp-commit -l report -d 'write the findings as JSON lines to FILE' -r -F
complete -c bp-commit -s o -l output -d 'output format (default: json, on a terminal text)' -x -a 'json text'
complete -c bp-commit -s q -l quiet -d 'no remarks on standard error'
complete -c bp-commit -s v -l verbose -d 'more remarks on standard error'
complete -c bp-commit -l help -d 'show this help and exit'
complete -c bp-commit -l version -d 'show the version and exit'
complete -c bp -n __fish_use_subcommand -x -a diff -d 'what has to change so that one state becomes another'
complete -c bp-diff -f -a '(__bp_states)'
complete -c bp-diff -l prune -d 'also delete what only OLD has, except bp/prune: keep'
complete -c bp-diff -l allow-empty -d 'take an empty NEW, or an OLD that is an empty pipe, to be meant'
complete -c bp-diff -l report -d 'write the findings as JSON lines to FILE' -r -F
complete -c bp-diff -s o -l output -d 'output format (default: json, on a terminal text)' -x -a 'json text markdown stat'
complete -c bp-diff -s q -l quiet -d 'no remarks on standard error'
complete -c bp-diff -s v -l verbose -d 'more remarks on standard error'
complete -c bp-diff -l help -d 'show this help and exit'
complete -c bp-diff -l version -d 'show the version and exit'
complete -c bp -n __fish_use_subcommand -x -a get -d 'read the documents of states'
complete -c bp-get -f -a '(__bp_states)'
complete -c bp-get -s K -l kind -d 'only documents of this kind' -x
complete -c bp-get -s N -l name -d 'only documents of this name; * ? [...] match as in a shell' -x
complete -c bp-get -l history -d 'their history instead, newest first, deleted ones too (dir: only)'
complete -c bp-get -s o -l output -d 'output format (default: json, on a terminal text)' -x -a 'json yaml text'
complete -c bp-get -s q -l quiet -d 'no remarks on standard error'
complete -c bp-get -s v -l verbose -d 'more remarks on standard error'
complete -c bp-get -l help -d 'show this help and exit'
complete -c bp-get -l version -d 'show the version and exit'
complete -c bp -n __fish_use_subcommand -x -a render -d 'render service orders to documents'
complete -c bp-render -s c -l catalog -d 'the catalog: a directory, see bp-catalog(5)' -x -a '(__fish_complete_directories)'
complete -c bp-render -l site -d 'the site of the catalog to render for' -x
complete -c bp-render -l base -d 'what stands; modify and delete need it' -x -a '(__bp_states)'
complete -c bp-render -s s -l set -d 'a parameter; stronger than what an order says' -x
complete -c bp-render -s e -l entry -d 'render this specification, without an order: its id, name, name@version or folder' -x
complete -c bp-render -s N -l name -d 'with -e: the name of the service' -x
complete -c bp-render -l strict -d 'warnings are errors'
complete -c bp-render -l report -d 'write the findings as JSON lines to FILE' -r -F
complete -c bp-render -l allow-empty -d 'no order at all, and nothing to render, are fine'
complete -c bp-render -s o -l output -d 'output format (default: json)' -x -a 'json yaml'
complete -c bp-render -s q -l quiet -d 'no remarks on standard error'
complete -c bp-render -s v -l verbose -d 'more remarks on standard error'
complete -c bp-render -l help -d 'show this help and exit'
complete -c bp-render -l version -d 'show the version and exit'
complete -c bp -n __fish_use_subcommand -x -a validate -d 'check documents and pass them on'
complete -c bp-validate -f -a '(__bp_states)'
complete -c bp-validate -s d -l definitions -d 'blueprint definitions to check specs against: a file, a directory, any state' -x -a '(__bp_states)'
complete -c bp-validate -l strict -d 'warnings are errors, and so are specs that nothing checks'
complete -c bp-validate -l report -d 'write the findings as JSON lines to FILE' -r -F
complete -c bp-validate -l allow-empty -d 'no documents at all are fine'
complete -c bp-validate -s o -l output -d 'output format (default: json, on a terminal text)' -x -a 'json text'
complete -c bp-validate -s q -l quiet -d 'no remarks on standard error'
complete -c bp-validate -s v -l verbose -d 'more remarks on standard error'
complete -c bp-validate -l help -d 'show this help and exit'
complete -c bp-validate -l version -d 'show the version and exit'
