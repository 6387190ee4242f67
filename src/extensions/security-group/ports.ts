/**
 * The port attribute `security_groups`: not sent, the project's default group; empty, none; ports without port security,
 * and those of the network itself (`network:*`) are among them, have none. `port_security_groups` says the same for
 * joins.
 * Source: Networking API v2.0, "Ports", `security_groups`.
 */
import type { Json } from '#base/json.ts'
import { and, isIn, type Predicate } from '#base/predicate.ts'
import { type Port, ports } from '#core/port/tables.ts'
import {
  PortSecurityAndIPRequiredForSecurityGroups,
  PortSecurityPortHasSecurityGroup,
} from '#extensions/port-security/errors.ts'
import { grantedIds, keepWhileUsed } from '#plugin/grants.ts'
import type { Draft, Operation, PluginHost, Resources } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { SecurityGroupNotFound } from './errors.ts'
import { ensureDefaultGroups } from './groups.ts'
import { portSecurityGroups, securityGroups } from './tables.ts'

/** The resource under which the change log tells that addresses have joined or left a group. */
export const MEMBERS = 'security_group_member'

export function serveSecurityGroupsOfPorts(host: PluginHost): void {
  const { events, resources, filter } = host
  keepWhileUsed(host, {
    object: 'security_group',
    action: 'access_as_shared',
    used: async (tx, id, projects) => (await tx.count(ports, and(memberOfGroup([id]), projects))) > 0,
    details: ({ target_tenant }) => `project_id=${target_tenant}`,
  })
  events.before<Port>('port', 'create', (creating) => prepareGroups(creating, resources, creating.rows))
  events.precommit<Port>('port', 'create', async ({ tx, rows }) => {
    await join(tx, rows)
    await logMembers(tx, rows.flatMap(memberOf))
  })

  events.before<Port>('port', 'update', async ({ tx, context, values, after }) => {
    if (after.port_security_enabled === false) refuseGroups(values, after)
    // A port that becomes the network's keeps its groups, as it may be given back; they are not applied meanwhile.
    if ('security_groups' in values) {
      if (isTrusted(values)) after.security_groups = []
      else await checkGroups({ tx, context }, [after])
    }
    after.security_groups ??= []
  })
  events.precommit<Port>('port', 'update', async ({ tx, before, after }) => {
    const [old, now] = [memberOf(before), memberOf(after)]
    const moved = !sameList(old, now)
    if (moved) {
      await tx.remove(portSecurityGroups, { port_id: after.id })
      await join(tx, [after])
    }
    const address = ({ mac_address, fixed_ips, allowed_address_pairs: pairs }: Port) =>
      JSON.stringify([mac_address, fixed_ips.map((fixed) => fixed.ip_address), pairs])
    const addressed = address(before) !== address(after)
    if (moved || addressed) await logMembers(tx, addressed ? [...old, ...now] : difference(old, now))
  })

  events.precommit<Port>('port', 'delete', ({ tx, before }) => logMembers(tx, memberOf(before)))

  filter('port', 'security_groups', memberOfGroup)
}

/** Ports in one of those groups. */
function memberOfGroup(groupIds: readonly Json[]): Predicate {
  const where = isIn('security_group_id', groupIds)
  return { op: 'exists', table: portSecurityGroups.name, column: 'port_id', equals: 'id', where }
}

/** Ports of the network itself are under no firewall. */
export function isTrusted({ device_owner }: Pick<Partial<Port>, 'device_owner'>): boolean {
  return device_owner?.startsWith('network:') === true
}

/** Whether a port is in that group. */
export function isInUse(tx: Tx, groupId: string): Promise<boolean> {
  return tx.exists(portSecurityGroups, { security_group_id: groupId })
}

async function prepareGroups(op: Operation, resources: Resources, rows: Draft<Port>[]): Promise<void> {
  for (const row of rows) {
    if (row.port_security_enabled !== false) continue
    if (memberOf(row).length > 0) throw PortSecurityAndIPRequiredForSecurityGroups()
    row.security_groups = []
  }
  const unset = rows.filter(({ security_groups }) => security_groups === undefined || security_groups === null)
  const defaults = await ensureDefaultGroups(
    op,
    resources,
    rows.filter((row) => row.port_security_enabled !== false).map(({ project_id }) => project_id),
  )
  await checkGroups(
    op,
    rows.filter((row) => !unset.includes(row)),
  )
  for (const row of unset) {
    const group = defaults.get(row.project_id ?? '')
    row.security_groups = group ? [group] : []
  }
}

/** Of a port without port security. */
function refuseGroups(values: { readonly [attribute: string]: unknown }, after: Port): void {
  if (memberOf(after).length === 0) return
  throw 'security_groups' in values ? PortSecurityAndIPRequiredForSecurityGroups() : PortSecurityPortHasSecurityGroup()
}

/** @throws SecurityGroupNotFound when a port would be in a group that its project may not use. */
async function checkGroups({ tx, context }: Operation, rows: readonly Draft<Port>[]): Promise<void> {
  const ids = [...new Set(rows.flatMap(({ security_groups }) => security_groups ?? []))]
  if (ids.length === 0) return
  const found = await tx.select(securityGroups, { where: isIn('id', ids), columns: ['id', 'project_id'] })
  const owners = new Map(found.map(({ id, project_id }) => [id, project_id]))
  const shared = new Map<string, ReadonlySet<string>>()
  const isUsable = (id: string, projectId: string | null) =>
    context.isAdmin ? owners.has(id) : owners.get(id) === projectId || shared.get(projectId ?? '')?.has(id) === true
  for (const { security_groups = [], project_id = null } of rows) {
    if (!context.isAdmin && project_id && !shared.has(project_id)) {
      const foreign = ids.filter((id) => owners.has(id) && owners.get(id) !== project_id)
      shared.set(project_id, await grantedIds(tx, { projectId: project_id }, ['access_as_shared'], foreign))
    }
    const missing = security_groups.filter((id) => !isUsable(id, project_id))
    if (missing.length > 0) throw SecurityGroupNotFound({ id: missing.join(', ') })
  }
}

async function join(tx: Tx, rows: readonly Port[]): Promise<void> {
  const members = rows.flatMap((row) =>
    memberOf(row).map((security_group_id) => ({ port_id: row.id, security_group_id })),
  )
  if (members.length > 0) await tx.insert(portSecurityGroups, members)
}

function memberOf({ security_groups }: Pick<Partial<Port>, 'security_groups'>): readonly string[] {
  return security_groups ?? []
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && difference(a, b).length === 0
}

function difference(a: readonly string[], b: readonly string[]): string[] {
  return [...a.filter((item) => !b.includes(item)), ...b.filter((item) => !a.includes(item))]
}

async function logMembers(tx: Tx, groupIds: readonly string[]): Promise<void> {
  const ids = [...new Set(groupIds)]
  if (ids.length === 0) return
  await tx.log(
    ids.map((id) => ({ resource: MEMBERS, id, kind: 'update', project_id: null, revision_number: 0, detail: null })),
  )
}
