/**
 * Port binding: a port that names a host is handed to the mechanism drivers in order, and the first verdict that binds
 * is recorded with the port, in the transaction that asked. A port no driver binds is `binding_failed`, and is tried
 * again by the next update of it and when an agent of its host comes back.
 * Source: ML2's port binding; VIF types `unbound`, `binding_failed`; a change of MAC address on a bound port replies
 * 409.
 */
import { and, equals, isIn } from '#base/predicate.ts'
import { PortBound, PortInUse } from '#core/port/errors.ts'
import { addBlocks, dropBlocks } from '#core/port/provisioning.ts'
import { segmentOf } from '#core/port/routed.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import type { Draft, Operation, Resources } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import type { Agent, MechanismDriver, PortToBind, Segment, Verdict } from './driver.ts'
import { type BindingLevel, bindingLevels, networkSegments, type PortBinding } from './tables.ts'

const UNPLUGGED: readonly string[] = ['unbound', 'binding_failed']
const BOUND_BY = ['binding:host_id', 'binding:vnic_type', 'binding:profile'] as const
/** Failed bindings of a host tried again in one transaction. */
const REBIND_MAX = 500

export interface Binding {
  readonly drivers: readonly MechanismDriver[]
  /** The agents of those hosts, by host. */
  readonly agents: (op: Operation, hosts: readonly string[]) => Promise<ReadonlyMap<string, readonly Agent[]>>
}

/** Binds the new ports that name a host. */
export async function bindNew(op: Operation, rows: readonly Draft<Port>[], binding: Binding): Promise<void> {
  await bindAll(op, rows.filter(wantsBinding) as Port[], binding)
}

/**
 * What an update means for the port's binding; changes `after` in place.
 * @throws PortBound, PortInUse when the port is plugged and the change would unplug it.
 */
export async function bindChanged(op: Operation, before: Port, after: Port, binding: Binding): Promise<void> {
  const vifType = before['binding:vif_type']
  if (after.mac_address !== before.mac_address && !UNPLUGGED.includes(vifType)) {
    throw PortBound({
      port_id: before.id,
      vif_type: vifType,
      old_mac: before.mac_address,
      new_mac: after.mac_address,
    })
  }
  if (after['binding:vnic_type'] !== before['binding:vnic_type'] && vifType !== 'unbound') {
    throw PortInUse({ port_id: before.id, net_id: before.network_id, device_id: before.device_id })
  }
  if (BOUND_BY.some((column) => JSON.stringify(after[column]) !== JSON.stringify(before[column]))) {
    await unbind(op, before, after)
    after['binding:vif_type'] = 'unbound'
    after['binding:vif_details'] = {}
    after.status = 'DOWN'
  }
  if (wantsBinding(after)) await bindAll(op, [after], binding)
}

/** A host it goes to has no levels from before: it may have waited there for a migration. */
async function unbind({ tx }: Operation, { id, ...before }: Port, after: Port): Promise<void> {
  await tx.remove(bindingLevels, { port_id: id, host: [before['binding:host_id'], after['binding:host_id']] })
  await dropBlocks(tx, [id], 'L2')
}

/** How the port would be plugged on that host; its levels there are written, and the port is left as it is. */
export async function bindElsewhere(
  op: Operation,
  port: Port,
  { host, vnic_type, profile }: Pick<PortBinding, 'host' | 'vnic_type' | 'profile'>,
  binding: Binding,
): Promise<Pick<PortBinding, 'vif_type' | 'vif_details'>> {
  await op.tx.remove(bindingLevels, { port_id: port.id, host })
  const row: Port = {
    ...port,
    'binding:host_id': host,
    'binding:vnic_type': vnic_type,
    'binding:profile': profile,
    'binding:vif_type': 'unbound',
    'binding:vif_details': {},
    // Nothing the other host does is waited for.
    status: 'ACTIVE',
  }
  if (wantsBinding(row)) await bindAll(op, [row], binding)
  return { vif_type: row['binding:vif_type'], vif_details: row['binding:vif_details'] }
}

/** Levels of ports that are gone. */
export async function forgetBindings({ tx }: Pick<Operation, 'tx'>, portIds: readonly string[]): Promise<void> {
  await tx.remove(bindingLevels, { port_id: portIds })
}

/**
 * Tries the failed bindings of a host again: an agent there has come back. Answers how many ports were tried.
 * The ports' own update does it, so the drivers are those the plugin was started with.
 */
export async function rebindFailed(op: Operation, resources: Resources, host: string): Promise<number> {
  const failed = await op.tx.select(ports, {
    where: and(equals('binding:host_id', host), equals('binding:vif_type', 'binding_failed')),
    columns: ['id'],
    sort: [{ column: 'id', direction: 'asc' }],
    limit: REBIND_MAX,
  })
  for (const { id } of failed) await resources.update(op, 'port', id, {})
  return failed.length
}

function wantsBinding(port: Partial<Port>): boolean {
  return Boolean(port['binding:host_id']) && UNPLUGGED.includes(port['binding:vif_type'] ?? 'unbound')
}

/** Segments and agents are read once for all the ports; verdicts go into the rows, levels into their table. */
async function bindAll(op: Operation, rows: readonly Port[], { drivers, agents }: Binding): Promise<void> {
  if (rows.length === 0) return
  const { tx } = op
  const segments = await candidatesOf(tx, rows)
  const byHost = await agents(op, [...new Set(rows.map((row) => row['binding:host_id']))])

  const levels: BindingLevel[] = []
  const wired: string[] = []
  for (const row of rows) {
    const there = byHost.get(row['binding:host_id']) ?? []
    if (drivers.some((driver) => wires(driver, row, there))) wired.push(row.id)
    const candidates = segments.get(row.id)!
    if (candidates.length === 0) continue
    const { driver, verdict } = await decide(row, candidates, there, drivers)
    record(row, driver, verdict)
    if (driver && verdict?.bound) {
      const host = row['binding:host_id']
      levels.push({ port_id: row.id, host, level: 0, driver: driver.name, segment_id: verdict.segment.id })
    }
  }
  if (levels.length > 0) await tx.insert(bindingLevels, levels)
  // The port goes ACTIVE only once the agent says that it is wired.
  if (wired.length > 0) await addBlocks(tx, wired, 'L2')
}

/** The segments each port may be bound to, in their order: those its addresses are on, or all of its network. */
export async function candidatesOf(tx: Tx, rows: readonly Port[]): Promise<ReadonlyMap<string, readonly Segment[]>> {
  const networkIds = [...new Set(rows.map(({ network_id }) => network_id))]
  const found = await tx.select(networkSegments, {
    where: isIn('network_id', networkIds),
    sort: [{ column: 'segment_index', direction: 'asc' }],
  })
  const segments = Map.groupBy(found, ({ network_id }) => network_id)
  const onSegments = await segmentsOfAddresses(
    tx,
    rows.filter(({ network_id }) => (segments.get(network_id)?.length ?? 0) > 1),
  )
  return new Map(
    rows.map(({ id, network_id }) => {
      const meant = onSegments.get(id)
      return [id, (segments.get(network_id) ?? []).filter((segment) => !meant || meant.has(segment.id))]
    }),
  )
}

/** The segments that ports' addresses belong to, by port; those without are left out. */
async function segmentsOfAddresses(tx: Tx, rows: readonly Port[]): Promise<Map<string, ReadonlySet<string>>> {
  const ids = [...new Set(rows.flatMap(({ fixed_ips }) => (fixed_ips ?? []).map(({ subnet_id }) => subnet_id)))]
  if (ids.length === 0) return new Map()
  const bySubnet = new Map((await tx.list(subnets, { id: ids })).map((subnet) => [subnet.id, segmentOf(subnet)]))
  const found = rows.map(({ id, fixed_ips }): [string, Set<string>] => [
    id,
    new Set(fixed_ips.flatMap(({ subnet_id }) => bySubnet.get(subnet_id) ?? [])),
  ])
  return new Map(found.filter(([, segments]) => segments.size > 0))
}

function wires({ agentType, vnicTypes }: MechanismDriver, row: Port, agents: readonly Agent[]): boolean {
  return (
    row.status !== 'ACTIVE' &&
    vnicTypes.includes(row['binding:vnic_type']) &&
    agents.some(({ agent_type }) => agent_type === agentType)
  )
}

/** A port as drivers are asked about it. */
export function asked(row: Port, agents: readonly Agent[]): PortToBind {
  return {
    id: row.id,
    host: row['binding:host_id'],
    vnicType: row['binding:vnic_type'],
    profile: row['binding:profile'],
    agent: async (type) => agents.find(({ agent_type }) => agent_type === type) ?? null,
  }
}

/** The first driver that binds, and its verdict. */
async function decide(
  row: Port,
  segments: readonly Segment[],
  agents: readonly Agent[],
  drivers: readonly MechanismDriver[],
): Promise<{ driver: MechanismDriver | null; verdict: Verdict | null }> {
  const port = asked(row, agents)
  for (const driver of drivers) {
    const verdict = await driver.bindPort(port, segments)
    if (verdict.bound) return { driver, verdict }
  }
  return { driver: null, verdict: null }
}

function record(row: Port, driver: MechanismDriver | null, verdict: Verdict | null): void {
  row['binding:vif_type'] = verdict?.bound ? verdict.vif_type : 'binding_failed'
  row['binding:vif_details'] =
    driver && verdict?.bound ? { ...verdict.vif_details, bound_drivers: { '0': driver.name } } : {}
}
