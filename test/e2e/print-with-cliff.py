"""Renders what it is told on standard input with Debian's cliff: one JSON document per line in, one per line out."""
import io
import json
import sys
import types

from cliff import display, lister
from cliff.formatters import commaseparated, json_format, shell, table, value, yaml_format

FORMATTERS = {
    'csv': commaseparated.CSVLister(),
    'json': json_format.JSONFormatter(),
    'shell': shell.ShellFormatter(),
    'table': table.TableFormatter(),
    'value': value.ValueFormatter(),
    'yaml': yaml_format.YAMLFormatter(),
}


class Bare:
    """What cliff's commands need of an application, and nothing else."""

    need_sort_by_cliff = True
    log = types.SimpleNamespace(warning=lambda text, *args: warnings.append(text % args))
    _generate_columns_and_selector = display.DisplayCommandBase._generate_columns_and_selector
    _compress_iterable = staticmethod(display.DisplayCommandBase._compress_iterable)


def render(case):
    out = io.StringIO()
    args = types.SimpleNamespace(**case['options'])
    command = Bare()
    command.app = types.SimpleNamespace(stdout=out)
    command.formatter = FORMATTERS[args.formatter]
    if case['kind'] == 'list':
        lister.Lister.produce_output(command, args, case['columns'], case['rows'])
    else:
        names, selector = command._generate_columns_and_selector(args, tuple(case['columns']))
        values = list(command._compress_iterable(case['values'], selector)) if selector else case['values']
        command.formatter.emit_one(names, values, out, args)
    return out.getvalue()


for line in sys.stdin:
    warnings = []
    try:
        answer = {'text': render(json.loads(line)), 'warnings': warnings}
    except Exception as error:
        answer = {'error': str(error), 'warnings': warnings}
    print(json.dumps(answer), flush=True)
