/**
 * The bindings of instances' ports as a resource: the ACTIVE one is where the port is, and repeats the port's own
 * columns; others are made beforehand for a migration, and `activate` swaps them. Agents of both hosts are told.
 * Source: Networking API v2.0, "Port binding"; refusals are upstream's; reference of agents and RPC, §4.
 */
import { isDeepStrictEqual } from 'node:util'
import { newId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { refuseLargeProfile } from '#extensions/binding/definition.ts'
import type { ActionOperation, Creating, Deleting, Operation, PluginHost, Updating } from '#plugin/plugin.ts'
import { BadRequest } from '#resource/errors.ts'
import { bindingActivate, bindingDeactivate } from '#rpc/contract/l2.ts'
import { type Binding, bindElsewhere } from './binding.ts'
import { PortBindingAlreadyActive, PortBindingAlreadyExists, PortBindingError } from './errors.ts'
import { bindingLevels, type PortBinding, portBindings } from './tables.ts'

/** In the change log: a port was moved from one host to another. */
const PORT_MOVE = 'port_move'
const BOUND = ['host_id', 'vif_type', 'vif_details', 'vnic_type', 'profile'].map((name) => `binding:${name}`)

interface Move {
  readonly from: string
  readonly to: string
  readonly network_id: string
}

export function serveBindings(host: PluginHost, binding: Binding): void {
  const { events, resources, announce } = host
  events.precommit<Port>('port', 'create', async ({ tx, rows }) => {
    const mirrored = rows.filter(isInstance).map((port) => ({ id: newId(), ...mirrorOf(port) }))
    if (mirrored.length > 0) await tx.insert(portBindings, mirrored)
  })
  events.precommit<Port>('port', 'update', ({ tx, context, before, after }) => mirror({ tx, context }, before, after))
  host.serve<PortBinding>('port_binding', portBindings, {
    below({ id, device_owner }) {
      if (isInstance({ device_owner: String(device_owner) })) return
      throw BadRequest({ resource: 'port', msg: `Invalid port ${id}. Operation only valid on compute ports` })
    },
    beforeCreate: (creating) => prepare(creating, host, binding),
    beforeUpdate: (updating) => change(updating, host, binding),
    beforeDelete: async ({ tx, context, before }: Deleting<PortBinding>) => {
      const { port_id, host: at, status } = before
      await tx.remove(bindingLevels, { port_id, host: at })
      if (status === 'ACTIVE') await resources.update({ tx, context }, 'port', port_id, { 'binding:host_id': '' })
    },
    actions: { activate: (op) => activate(op, host) },
  })
  announce(PORT_MOVE, async ({ changes }) =>
    changes.flatMap(({ id, detail }) => {
      const { from, to, network_id } = detail as unknown as Move
      const leave = { port_id: id, host: from, network_id }
      return [
        { ...bindingDeactivate, method: 'binding_deactivate', args: leave, host: from },
        { ...bindingActivate, method: 'binding_activate', args: { port_id: id, host: to }, host: to },
      ].flatMap(({ topic, version, method, args, host: at }) =>
        at ? [{ topic, version, method, args, host: at }] : [],
      )
    }),
  )
}

function isInstance({ device_owner }: Pick<Port, 'device_owner'>): boolean {
  return device_owner.startsWith('compute:')
}

function mirrorOf(port: Port): Omit<PortBinding, 'id'> {
  return {
    port_id: port.id,
    project_id: port.project_id,
    host: port['binding:host_id'],
    vif_type: port['binding:vif_type'],
    vif_details: port['binding:vif_details'],
    vnic_type: port['binding:vnic_type'],
    profile: port['binding:profile'],
    status: 'ACTIVE',
  }
}

/** The ACTIVE binding follows the port; what waited on its new host is that binding now. */
async function mirror({ tx }: Operation, before: Port, after: Port): Promise<void> {
  const columns = BOUND as (keyof Port)[]
  const moved = columns.some((column) => !isDeepStrictEqual(before[column], after[column]))
  if (!isInstance(after) || (isInstance(before) && !moved)) return
  const { id: port_id } = after
  const wanted = mirrorOf(after)
  if (before['binding:host_id'] !== wanted.host) {
    await tx.remove(portBindings, { port_id, host: wanted.host, status: 'INACTIVE' })
  }
  if ((await tx.update(portBindings, { port_id, status: 'ACTIVE' }, wanted)) > 0) return
  // A row that is right already may count as none that was changed.
  await tx.insertMissing(portBindings, [{ id: newId(), ...wanted }])
}

/** All below one port. Without an ACTIVE binding the first one becomes it: the port is bound. */
async function prepare({ rows, ...op }: Creating<PortBinding>, host: PluginHost, binding: Binding): Promise<void> {
  const port_id = rows[0]!.port_id!
  const port = (await op.tx.find(ports, { id: port_id }))!
  const there = await op.tx.list(portBindings, { port_id })
  const hosts = new Set(there.map((each) => each.host))
  let hasActive = there.some(({ status }) => status === 'ACTIVE')
  for (const row of rows) {
    const wanted = { host: row.host!, vnic_type: row.vnic_type!, profile: row.profile ?? {} }
    refuseLargeProfile(wanted.profile)
    if (hosts.has(wanted.host)) throw PortBindingAlreadyExists({ port_id, host: wanted.host })
    hosts.add(wanted.host)
    if (hasActive) {
      const made = await bindElsewhere(op, port, wanted, binding)
      Object.assign(row, wanted, made, { status: 'INACTIVE' })
    } else {
      Object.assign(row, await bindHere(op, host, port_id, wanted))
      await op.tx.remove(portBindings, { port_id, status: 'ACTIVE' })
      hasActive = true
    }
    row.project_id = port.project_id
    refuseFailed(row as PortBinding)
  }
}

/** As upstream, a change that does not name the profile clears it. */
async function change(updating: Updating<PortBinding>, host: PluginHost, binding: Binding): Promise<void> {
  const { tx, context, before, after, values } = updating
  const wanted = {
    host: after.host || before.host,
    vnic_type: after.vnic_type,
    profile: 'profile' in values ? (after.profile ?? {}) : {},
  }
  const { port_id, status } = before
  refuseLargeProfile(wanted.profile)
  const had = { host: before.host, vnic_type: before.vnic_type, profile: before.profile }
  Object.assign(after, wanted)
  if (isDeepStrictEqual(wanted, had)) return
  if (wanted.host !== had.host && (await tx.exists(portBindings, { port_id, host: wanted.host }))) {
    throw PortBindingAlreadyExists({ port_id, host: wanted.host })
  }
  if (status === 'ACTIVE') {
    Object.assign(after, await bindHere({ tx, context }, host, port_id, wanted))
  } else {
    await tx.remove(bindingLevels, { port_id, host: had.host })
    const port = (await tx.find(ports, { id: port_id }))!
    Object.assign(after, await bindElsewhere({ tx, context }, port, wanted, binding))
  }
  refuseFailed(after)
}

async function activate({ row, ...op }: ActionOperation<PortBinding>, host: PluginHost): Promise<JsonObject> {
  const { tx } = op
  const { id, port_id } = row
  if (row.status === 'ACTIVE') throw PortBindingAlreadyActive({ port_id, host: row.host })
  const left = await tx.find(portBindings, { port_id, status: 'ACTIVE' })
  if (left?.host === '') await tx.remove(portBindings, { id: left.id })
  else if (left) {
    await tx.update(portBindings, { id: left.id }, { status: 'INACTIVE', vif_type: 'unbound', vif_details: {} })
  }
  await tx.update(portBindings, { id }, { status: 'ACTIVE' })
  const bound = await bindHere(op, host, port_id, row)
  refuseFailed(bound)
  const port = (await tx.find(ports, { id: port_id }))!
  const detail = { from: left?.host ?? '', to: row.host, network_id: port.network_id } satisfies Move
  const { project_id } = port
  await tx.log([{ resource: PORT_MOVE, id: port_id, kind: 'update', project_id, revision_number: 0, detail }])
  const { vif_type, vif_details, vnic_type, profile, status } = bound
  return { host: row.host, vif_type, vnic_type, status, profile, vif_details }
}

/** The port itself is bound there; answers what its binding then is. */
async function bindHere(
  op: Operation,
  { resources }: PluginHost,
  port_id: string,
  { host, vnic_type, profile }: Pick<PortBinding, 'host' | 'vnic_type' | 'profile'>,
): Promise<Omit<PortBinding, 'id'>> {
  const values = { 'binding:host_id': host, 'binding:vnic_type': vnic_type, 'binding:profile': profile }
  await resources.update(op, 'port', port_id, values)
  return mirrorOf((await op.tx.find(ports, { id: port_id }))!)
}

/** @throws PortBindingError */
function refuseFailed({ port_id, host, vif_type }: Pick<PortBinding, 'port_id' | 'host' | 'vif_type'>): void {
  if (vif_type === 'binding_failed') throw PortBindingError({ port_id, host })
}
