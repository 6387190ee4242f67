"""What Python's argparse makes of command lines: cases as JSON on stdin, one answer for each on stdout."""
import argparse
import contextlib
import io
import json
import os
import sys

KINDS = {'true': 'store_true', 'false': 'store_false', 'const': 'store_const', 'append': 'append', 'count': 'count'}


def add(parser, groups, exclusive, said):
    container = parser
    if 'group' in said:
        title = said['group']
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        container = groups[title]
    if 'exclusive' in said:
        word = said['exclusive']
        if word not in exclusive:
            exclusive[word] = container.add_mutually_exclusive_group()
        container = exclusive[word]
    action = said.get('action', 'store')
    keywords = {name: said[name] for name in ('metavar', 'nargs', 'choices', 'default', 'const') if name in said}
    keywords['help'] = said.get('help', argparse.SUPPRESS)
    if said.get('type') == 'integer':
        keywords['type'] = int
    if said.get('type') == 'float':
        keywords['type'] = float
    if action in KINDS:
        keywords['action'] = KINDS[action]
    if said.get('required'):
        keywords['required'] = True
    if 'flags' in said:
        container.add_argument(*said['flags'], dest=said['name'], **keywords)
    else:
        container.add_argument(said['name'], **keywords)


def answer(case):
    os.environ['COLUMNS'] = str(case['columns'])
    parser = argparse.ArgumentParser(prog=case['prog'], description=case['description'])
    groups, exclusive = {}, {}
    for said in case['arguments']:
        add(parser, groups, exclusive, said)
    printed = io.StringIO()
    result = {'help': parser.format_help()}
    try:
        with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(printed):
            args, unknown = parser.parse_known_args(case['words'])
        result['args'] = {name: value for name, value in vars(args).items() if value is not None}
        result['unknown'] = unknown
    except SystemExit as end:
        result['code'] = end.code
        result['printed'] = printed.getvalue()
    return result


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
