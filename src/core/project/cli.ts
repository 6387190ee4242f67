/**
 * `purge`: everything that belongs to a project is deleted, what stands in the way of others first; what cannot be
 * deleted is counted and left. Source: neutronclient 8.1's `purge`.
 */
import type { JsonObject } from '#base/json.ts'
import { type Call, type Command, defineCli } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { outlineOf, pathOf } from '#cli/find.ts'

/** In the order in which they are deleted. */
const KINDS = ['floatingip', 'port', 'router', 'network', 'security_group'] as const
type Kind = (typeof KINDS)[number]

const ROUTER_OWNERS: readonly unknown[] = ['network:router_interface', 'network:router_interface_distributed']

interface Found {
  readonly kind: Kind
  readonly object: JsonObject
}

type Counts = Partial<Record<Kind, number>>

const purge: Command = {
  name: 'purge',
  summary: 'Delete everything that belongs to a tenant.',
  arguments: [{ name: 'tenant', metavar: 'TENANT', help: 'ID of the tenant whose resources are deleted.' }],
  unknown: 'ignored',
  run: purgeTenant,
}

async function purgeTenant(call: Call): Promise<null> {
  const found = await resourcesOf(call, String(call.args.tenant))
  const deleted: Counts = {}
  const failed: Counts = {}
  let left = found.length
  let done = 0
  for (const { kind, object } of found) {
    call.signal.throwIfAborted()
    try {
      await remove(call, kind, object)
      deleted[kind] = (deleted[kind] ?? 0) + 1
      done += 1
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      failed[kind] = (failed[kind] ?? 0) + 1
      left -= 1
    }
    // One line, written over again and again where somebody watches.
    call.write(`\rPurging resources: ${left > 0 ? Math.trunc((done / left) * 100) : 100}% complete.`)
  }
  call.print(`\n${summary(deleted, failed)}`)
  return null
}

async function resourcesOf(call: Call, tenant: string): Promise<Found[]> {
  const found: Found[] = []
  for (const kind of KINDS) {
    const more = kind === 'port' ? ['device_id', 'device_owner'] : []
    const outline = outlineOf(call, kind)
    const all = await call.client.list(pathOf(outline), { fields: ['id', 'tenant_id', ...more] }, outline.collection)
    for (const object of all) if (object.tenant_id === tenant) found.push({ kind, object })
  }
  return found
}

async function remove({ client }: Call, kind: Kind, { id, device_id, device_owner }: JsonObject): Promise<void> {
  if (kind === 'port' && ROUTER_OWNERS.includes(device_owner)) {
    await client.request('PUT', `/routers/${device_id}/remove_router_interface`, { body: { port_id: id! } })
    return
  }
  await client.request('DELETE', `/${kind.replace('_', '-')}s/${id}`)
}

/** Pure. */
export function summary(deleted: Counts, failed: Counts): string {
  const [gone, left] = [counted(deleted), counted(failed)]
  if (gone === '' && left === '') return 'Tenant has no supported resources.'
  const parts = [
    ...(gone === '' ? [] : [`Deleted${gone}.`]),
    ...(left === '' ? [] : [`The following resources could not be deleted:${left}.`]),
  ]
  return parts.join(' ')
}

function counted(counts: Counts): string {
  return KINDS.filter((kind) => counts[kind])
    .map((kind) => ` ${counts[kind]} ${kind}${counts[kind] === 1 ? '' : 's'}`)
    .join(',')
}

export default defineCli({ commands: [purge] })
