/**
 * The topology that a project gets by itself, on the command line. Source: neutronclient 8.1's
 * `auto-allocated-topology-*`.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { flag, option } from '#cli/arguments.ts'
import { type Argument, type Call, type Command, defineCli } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'

const TENANT: readonly Argument[] = [
  option('--tenant-id', 'ID of the tenant whose topology it is.', { metavar: 'tenant-id' }),
  // The same, as the one word that is not an option.
  { name: 'pos_tenant_id', nargs: '?' },
]

const tenantOf = ({ args }: Call): string | null => (args.tenant_id || args.pos_tenant_id || null) as string | null
const pathOf = (tenant: string | null): string => `/auto-allocated-topology/${encodeURIComponent(tenant ?? 'None')}`

const show: Command = {
  name: 'auto-allocated-topology-show',
  summary: 'Show the topology of a tenant; it is made where there is none.',
  arguments: [flag('--dry-run', 'Only see whether it could be made. (Shows no topology.)'), ...TENANT],
  output: 'show',
  unknown: 'values',
  async run(call) {
    const unknown = Object.keys(call.values)
    if (unknown.length > 0) throw new CliError(`Invalid argument(s): --${unknown.join(', --')}`)
    const query = call.args.dry_run ? { query: { fields: ['dry-run'] } } : {}
    const { body } = await call.client.request('GET', pathOf(tenantOf(call)), query)
    const topology = (body as JsonObject).auto_allocated_topology as Readonly<Record<string, Json>>
    if (Object.values(topology).includes('dry-run=pass'))
      return { kind: 'show', columns: ['dry-run'], values: ['pass'] }
    const columns = Object.keys(topology).sort()
    return { kind: 'show', columns, values: columns.map((column) => topology[column] ?? '') }
  },
}

const remove: Command = {
  name: 'auto-allocated-topology-delete',
  summary: 'Delete the topology of a tenant.',
  arguments: TENANT,
  unknown: 'ignored',
  async run(call) {
    const tenant = tenantOf(call)
    await call.client.request('DELETE', pathOf(tenant))
    call.print(`Deleted topology for tenant ${tenant ?? 'None (i.e. yours)'}.`)
    return null
  },
}

export default defineCli({ commands: [show, remove] })
