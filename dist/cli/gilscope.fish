# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_gilscope_global_optspecs
    string join \n new h/help V/version
end

function __fish_gilscope_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_gilscope_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_gilscope_using_subcommand
    set -l cmd (__fish_gilscope_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c gilscope -n "__fish_gilscope_needs_command" -l new -d 'Open it in a new window'
complete -c gilscope -n "__fish_gilscope_needs_command" -s h -l help -d 'Print help'
complete -c gilscope -n "__fish_gilscope_needs_command" -s V -l version -d 'Print version'
complete -c gilscope -n "__fish_gilscope_needs_command" -a "pythons" -d 'List the Python interpreters found'
complete -c gilscope -n "__fish_gilscope_needs_command" -a "run" -d 'Run an experiment, or a script of your own, and show what its workers did'
complete -c gilscope -n "__fish_gilscope_needs_command" -a "export" -d 'Write the log of a run file in another format'
complete -c gilscope -n "__fish_gilscope_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gilscope -n "__fish_gilscope_using_subcommand pythons" -l json -d 'As one JSON object'
complete -c gilscope -n "__fish_gilscope_using_subcommand pythons" -s h -l help -d 'Print help'
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l python -d 'The interpreter, or builtin for the model; the newest stable one with the GIL unless given' -r -F
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l script -d 'A Python script of your own; its arguments stand after --' -r -F
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l count -d 'How many workers, 1 to 500 [default: 5]' -r
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l arg -d 'Worker i gets i + A and i + B: give it twice [default: 0 and 1]' -r
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l amount -d 'Steps of burn (such as 15000000), rounds of hash (1 MB each, such as 1800), or the time that wait sleeps (such as 500ms)' -r
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l switch-interval -d 'After which time a thread that waits asks for the GIL, 0.1ms to 1s; the interpreter\'s own unless given' -r
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l time-limit -d 'Stop after this time [default: 30s, none for a script]' -r
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l quota -d 'Stop when this much output came [default: 2GiB where the run is kept with --out, else none]' -r
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l memory-limit -d 'Stop when the whole run has this much memory, what its processes share counted once [default: when the machine has nearly none left]' -r
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l priority -d 'usual, or low: other programs go before the run, which has what they leave [default: usual]' -r
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l out -d 'Keep the run in this file' -r -F
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l way -d 'turn, threads, processes, pool, or interpreters (Python 3.14 or newer) [default: processes]' -r -f -a "turn\t''
threads\t''
processes\t''
pool\t''
interpreters\t''"
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l work -d 'hello, args, forever, burn, hash or wait [default: hello]' -r -f -a "hello\t''
args\t''
forever\t''
burn\t''
hash\t''
wait\t''"
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l join -d 'When the starter waits: each, end or never [default: each]' -r -f -a "each\t''
end\t''
never\t''"
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l start-method -d 'fork, spawn or forkserver; the interpreter\'s own default unless given' -r -f -a "fork\t''
spawn\t''
forkserver\t''"
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l buffering -d 'line (as on a terminal) or block (Python\'s own for a pipe) [default: line, with --raw block]' -r -f -a "line\t''
block\t''"
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l at-quota -d 'What to do then: stop, or count (go on, and count what comes without keeping it)' -r -f -a "stop\t''
count\t''"
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l json -d 'Print one JSON object with the figures, and nothing else'
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -l raw -d 'Pass the output through byte for byte, without names; standard input is read by the script'
complete -c gilscope -n "__fish_gilscope_using_subcommand run" -s h -l help -d 'Print help'
complete -c gilscope -n "__fish_gilscope_using_subcommand export" -s o -l out -d 'Where to; standard output unless given' -r -F
complete -c gilscope -n "__fish_gilscope_using_subcommand export" -l to -d 'txt, csv or jsonl' -r -f -a "txt\t''
csv\t''
jsonl\t''"
complete -c gilscope -n "__fish_gilscope_using_subcommand export" -s h -l help -d 'Print help'
complete -c gilscope -n "__fish_gilscope_using_subcommand help; and not __fish_seen_subcommand_from pythons run export help" -f -a "pythons" -d 'List the Python interpreters found'
complete -c gilscope -n "__fish_gilscope_using_subcommand help; and not __fish_seen_subcommand_from pythons run export help" -f -a "run" -d 'Run an experiment, or a script of your own, and show what its workers did'
complete -c gilscope -n "__fish_gilscope_using_subcommand help; and not __fish_seen_subcommand_from pythons run export help" -f -a "export" -d 'Write the log of a run file in another format'
complete -c gilscope -n "__fish_gilscope_using_subcommand help; and not __fish_seen_subcommand_from pythons run export help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
