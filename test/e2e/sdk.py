"""Drives resources through Debian's openstacksdk: entries as JSON from standard input, what each came to as JSON lines.

Each is created, read by id, found by name, listed with each filter, updated and deleted; an entry with calls is those
calls, one after the other. `@net` is the object that was prepared under that name.
"""
import json
import re
import sys
import traceback

import openstack


def fill(value, ids):
    if isinstance(value, str):
        return re.sub(r'\{(\w+)\}', lambda match: ids[match.group(1)], value)
    if isinstance(value, list):
        return [fill(each, ids) for each in value]
    if isinstance(value, dict):
        return {key: fill(each, ids) for key, each in value.items()}
    return value


def check(thing, expected, when):
    for name, value in expected.items():
        found = getattr(thing, name)
        if found != value:
            raise AssertionError(f'{name} is {found!r} and not {value!r} {when}')


def drive(network, entry, ids):
    within = fill(entry.get('within', []), ids)

    def call(method, /, *args, **more):
        return getattr(network, method)(*within, *args, **more)

    name = entry['resource']
    thing = call(f'create_{name}', **fill(entry['create'], ids))
    try:
        check(thing, fill(entry.get('made', {}), ids), 'after create')
        if call(f'get_{name}', thing.id).id != thing.id:
            raise AssertionError('another one by id')
        if not entry.get('nameless'):
            if call(f'find_{name}', thing.name, ignore_missing=False).id != thing.id:
                raise AssertionError('another one by name')
        if not entry.get('unfound') and call(f'find_{name}', thing.id, ignore_missing=False).id != thing.id:
            raise AssertionError('another one found by id')
        for filters in [{}, *fill(entry.get('filters', []), ids)]:
            if thing.id not in [each.id for each in call(entry['list'], **filters)]:
                raise AssertionError(f'not listed with {filters}')
        # A filter that nothing passes.
        for filters in fill(entry.get('absent', []), ids):
            if thing.id in [each.id for each in call(entry['list'], **filters)]:
                raise AssertionError(f'listed with {filters}')
        for change in fill(entry.get('update', []), ids):
            changed = call(f'update_{name}', thing.id, **change['values'])
            check(changed, change.get('shows', change['values']), f"after {change['values']}")
    finally:
        call(f'delete_{name}', thing.id, ignore_missing=False)
    if thing.id in [each.id for each in call(entry['list'])]:
        raise AssertionError('listed after its delete')


def drive_calls(network, entry, ids, things):
    for step in entry['calls']:
        args = [things[each[1:]] if each.startswith('@') else fill(each, ids) for each in step.get('args', [])]
        thing = getattr(network, step['call'])(*args, **fill(step.get('values', {}), ids))
        check(thing, step.get('shows', {}), f"after {step['call']}")


def prepare(network, entry, ids, things, undo):
    for step in entry.get('prepare', []):
        thing = getattr(network, step['call'])(*fill(step.get('args', []), ids), **fill(step.get('values', {}), ids))
        things[step['as']] = thing
        ids[step['as']] = getattr(thing, 'id', None) or step['as']
        if 'undo' in step:
            undo.append((step['undo'], fill(step.get('undo_args', ['{' + step['as'] + '}']), ids),
                         fill(step.get('undo_values', {}), ids)))


def main():
    connection = openstack.connect()
    network = connection.network
    for line in sys.stdin:
        entry = json.loads(line)
        ids = {'n': entry['name'], 'project': connection.current_project_id}
        things = {}
        undo = []
        error = None
        try:
            prepare(network, entry, ids, things, undo)
            if 'calls' in entry:
                drive_calls(network, entry, ids, things)
            else:
                drive(network, entry, ids)
        except Exception:
            error = traceback.format_exc()
        for name, args, values in reversed(undo):
            try:
                getattr(network, name)(*args, **values)
            except Exception:
                error = error or traceback.format_exc()
        print(json.dumps({'name': entry['name'], 'error': error}), flush=True)


main()
