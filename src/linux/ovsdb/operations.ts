/**
 * OVSDB operations as data, to be put together into one transaction: bridges, ports, their tags and settings. Pure:
 * what exists is asked of the mirror by whoever plans. Source: RFC 7047, §5.2; ovs-vswitchd.conf.db(5).
 */
import type { Json } from '#base/json.ts'
import type { Operation } from './ovsdb.ts'
import type { BridgeRow, InterfaceRow, PortRow } from './tables.ts'
import { map, namedUuid, set, uuid } from './values.ts'

type Strings = { readonly [key: string]: string }

export interface NewBridge {
  readonly name: string
  readonly fail_mode?: 'secure' | 'standalone'
  readonly datapath_type: string
  readonly other_config?: Strings
  readonly external_ids?: Strings
  readonly mcast_snooping_enable?: boolean
}

export interface NewPort {
  readonly name: string
  /** `internal`, `patch`, `vxlan`, …; empty for a device that exists. */
  readonly type: string
  readonly options?: Strings
  readonly external_ids?: Strings
  readonly tag?: number
  readonly other_config?: Strings
}

/** Where a port goes: a bridge that exists, or one made in the same transaction. */
export type Onto = { readonly uuid: string } | { readonly made: string }

/** A name as an id within one transaction. */
function label(kind: string, name: string): string {
  return `${kind}_${Buffer.from(name).toString('hex')}`
}

function at(id: string): Json {
  return [['_uuid', '==', uuid(id)]]
}

/** A new bridge with its own internal port of the same name. */
export function addBridge({
  name,
  fail_mode,
  datapath_type,
  other_config,
  external_ids,
  ...rest
}: NewBridge): Operation[] {
  const bridge = label('bridge', name)
  const [nic, port] = portRows({ name, type: 'internal' })
  return [
    nic!,
    port!,
    {
      op: 'insert',
      table: 'Bridge',
      'uuid-name': bridge,
      row: {
        name,
        datapath_type,
        ...rest,
        ports: namedUuid(label('port', name)),
        ...(fail_mode && { fail_mode }),
        ...(other_config && { other_config: map(other_config) }),
        ...(external_ids && { external_ids: map(external_ids) }),
      },
    },
    { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['bridges', 'insert', namedUuid(bridge)]] },
  ]
}

export function deleteBridge({ uuid: id }: BridgeRow): Operation[] {
  return [{ op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['bridges', 'delete', uuid(id)]] }]
}

export function updateBridge(
  { uuid: id }: BridgeRow,
  row: Partial<Pick<BridgeRow, 'fail_mode' | 'datapath_type' | 'mcast_snooping_enable'>>,
): Operation {
  const columns = { ...row, ...(row.fail_mode === null && { fail_mode: set([]) }) } as { [column: string]: Json }
  return { op: 'update', table: 'Bridge', where: at(id), row: columns }
}

function portRows({ name, type, options, external_ids, tag, other_config }: NewPort): Operation[] {
  return [
    {
      op: 'insert',
      table: 'Interface',
      'uuid-name': label('interface', name),
      row: {
        name,
        type,
        ...(options && { options: map(options) }),
        ...(external_ids && { external_ids: map(external_ids) }),
      },
    },
    {
      op: 'insert',
      table: 'Port',
      'uuid-name': label('port', name),
      row: {
        name,
        interfaces: namedUuid(label('interface', name)),
        ...(tag !== undefined && { tag }),
        ...(other_config && { other_config: map(other_config) }),
      },
    },
  ]
}

export function addPort(bridge: Onto, port: NewPort): Operation[] {
  const onto = 'uuid' in bridge ? at(bridge.uuid) : [['_uuid', '==', namedUuid(label('bridge', bridge.made))]]
  return [
    ...portRows(port),
    {
      op: 'mutate',
      table: 'Bridge',
      where: onto,
      mutations: [['ports', 'insert', namedUuid(label('port', port.name))]],
    },
  ]
}

/** The bridge lets go of them; the rows vanish with that. */
export function deletePorts(bridge: BridgeRow, ports: readonly PortRow[]): Operation[] {
  if (ports.length === 0) return []
  const mutations = [['ports', 'delete', set(ports.map(({ uuid: id }) => uuid(id)))]]
  return [{ op: 'mutate', table: 'Bridge', where: at(bridge.uuid), mutations }]
}

export function setTag({ uuid: id }: PortRow, tag: number | null): Operation {
  return { op: 'update', table: 'Port', where: at(id), row: { tag: tag === null ? set([]) : tag } }
}

/** Sets these keys and leaves others alone; a null value removes the key. */
export function setKeys(
  table: 'Bridge' | 'Port' | 'Interface',
  { uuid: id }: { readonly uuid: string },
  column: 'other_config' | 'external_ids' | 'options',
  values: { readonly [key: string]: string | null },
): Operation {
  const kept = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Strings
  const mutations: Json = [
    [column, 'delete', set(Object.keys(values))],
    [column, 'insert', map(kept)],
  ]
  return { op: 'mutate', table, where: at(id), mutations }
}

export function setOptions({ uuid: id }: InterfaceRow, options: Strings): Operation {
  return { op: 'update', table: 'Interface', where: at(id), row: { options: map(options) } }
}
