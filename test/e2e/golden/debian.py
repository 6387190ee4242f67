"""Debian's `neutron` command, many command lines in one process.

Reads a JSON object a line on stdin, `{"argv": [...], "env": {...}, "cwd": "..."}`, and answers each with a line,
`{"status": 0, "out": "...", "err": "..."}`. Everything is imported once; each command line runs in a child of its own,
forked from that, so that none sees what another left. `{"commands": true}` answers the names of the commands.
"""
import json
import os
import select
import sys

# The program's name is read when it is imported.
sys.argv = ["/usr/bin/neutron"]
from neutronclient import shell  # noqa: E402


def load():
    """The names of the commands, and each one's module imported."""
    app = shell.NeutronShell(shell.NEUTRON_API_VERSION)
    names = []
    for name, entry_point in app.command_manager:
        entry_point.load()
        names.append(name)
    return sorted(names)


def become(call, out, err):
    """In the child: the command itself, as /usr/bin/neutron runs it."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ.clear()
    os.environ.update(call["env"])
    os.chdir(call["cwd"])
    sys.argv = ["/usr/bin/neutron"] + call["argv"]
    status = 1
    try:
        sys.exit(shell.main(call["argv"]))
    except SystemExit as end:
        status = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    if status is not None and not isinstance(status, int):
        sys.stderr.write("%s\n" % status)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


def read_all(sources):
    """What came through the pipes until both were closed."""
    texts = {source: b"" for source in sources}
    open_ones = set(sources)
    while open_ones:
        for source in select.select(sorted(open_ones), [], [])[0]:
            chunk = os.read(source, 65536)
            texts[source] += chunk
            if not chunk:
                open_ones.remove(source)
                os.close(source)
    return [texts[source].decode("utf-8", "surrogateescape") for source in sources]


def run(call):
    out, out_end = os.pipe()
    err, err_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        become(call, out_end, err_end)
    os.close(out_end)
    os.close(err_end)
    texts = read_all([out, err])
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {"status": status, "out": texts[0], "err": texts[1]}


def main():
    commands = load()
    for line in sys.stdin:
        call = json.loads(line)
        answer = commands if call.get("commands") else run(call)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
