/**
 * Quotas on the command line: of the caller's project where none is named. Source: neutronclient 8.1's commands of quotas.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { option } from '#cli/arguments.ts'
import type { Argument, Call, Command, Output } from '#cli/command.ts'
import { defineCli } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { pythonJson, pythonText } from '#cli/output/python.ts'

const TENANT: readonly Argument[] = [
  option('--tenant-id', 'ID of the tenant whose quotas they are.', { metavar: 'tenant-id' }),
  option('--tenant_id'),
]
/** The same, as the one word that is not an option. */
const BARE_TENANT: Argument = { name: 'pos_tenant_id', nargs: '?' }

/** What can be limited by an option of its own: the resource, and the option's name where it is not the resource's. */
const LIMITED: readonly (readonly [resource: string, help: string, metavar?: string, flag?: string])[] = [
  ['network', 'How many networks it may have.'],
  ['subnet', 'How many subnets it may have.'],
  ['port', 'How many ports it may have.'],
  ['router', 'How many routers it may have.'],
  ['floatingip', 'How many floating IPs it may have.'],
  ['security_group', 'How many security groups it may have.'],
  ['security_group_rule', 'How many security group rules it may have.'],
  ['vip', 'How many virtual IPs it may have.'],
  ['pool', 'How many pools it may have.'],
  ['member', 'How many pool members it may have.'],
  ['healthmonitor', 'How many health monitors it may have.', 'health_monitors', '--health-monitor'],
  ['loadbalancer', 'How many load balancers it may have.'],
  ['listener', 'How many listeners it may have.'],
  ['rbac_policy', 'How many RBAC policies it may have.', 'rbac_policies'],
]

async function tenantOf({ args, client }: Call): Promise<string> {
  const named = args.pos_tenant_id || args.tenant_id
  if (named) return encodeURIComponent(String(named))
  const { body } = await client.request('GET', '/quotas/tenant')
  return String(((body as JsonObject).tenant as JsonObject).tenant_id)
}

async function quotaOf(call: Call, rest = ''): Promise<JsonObject> {
  const { body } = await call.client.request('GET', `/quotas/${await tenantOf(call)}${rest}`)
  return (body as JsonObject).quota as JsonObject
}

function sorted(quota: JsonObject): Output {
  const columns = Object.keys(quota).sort()
  return { kind: 'show', columns, values: columns.map((column) => quota[column]!) }
}

const quotaShow: Command = {
  name: 'quota-show',
  summary: 'Show the quotas of a tenant.',
  arguments: [...TENANT, BARE_TENANT],
  output: 'show',
  unknown: 'ignored',
  run: async (call) => sorted(await quotaOf(call)),
}

const quotaDefaultShow: Command = {
  name: 'quota-default-show',
  summary: 'Show the quotas of a tenant that has none of its own.',
  arguments: [...TENANT, BARE_TENANT],
  output: 'show',
  unknown: 'ignored',
  run: async (call) => sorted(await quotaOf(call, '/default')),
}

const quotaList: Command = {
  name: 'quota-list',
  summary: 'List the quotas of all tenants that have quotas of their own.',
  arguments: [],
  output: 'list',
  unknown: 'ignored',
  async run({ client }) {
    const quotas = await client.list('/quotas')
    const columns = Object.keys(quotas[0] ?? {}).sort()
    return { kind: 'list', columns, rows: quotas.map((quota) => columns.map((column) => quota[column] ?? '')) }
  },
}

const quotaDelete: Command = {
  name: 'quota-delete',
  summary: 'Give a tenant the default quotas again.',
  arguments: [...TENANT, BARE_TENANT],
  unknown: 'ignored',
  async run(call) {
    const tenant = await tenantOf(call)
    await call.client.request('DELETE', `/quotas/${tenant}`)
    call.print(`Deleted quota: ${decodeURIComponent(tenant)}`)
    return null
  },
}

const quotaUpdate: Command = {
  name: 'quota-update',
  summary: 'Change the quotas of a tenant.',
  arguments: [
    ...TENANT,
    ...LIMITED.map(([name, help, metavar, flag]) =>
      option(flag ?? `--${name.replaceAll('_', '-')}`, help, { name, metavar: metavar ?? `${name}s` }),
    ),
    BARE_TENANT,
  ],
  output: 'show',
  unknown: 'values',
  async run(call) {
    const quota = { ...limits(call.args), ...call.values }
    const { body } = await call.client.request('PUT', `/quotas/${await tenantOf(call)}`, { body: { quota } })
    const shown = (body as JsonObject).quota as JsonObject
    return sorted(Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, flat(value)])))
  },
}

/** @throws CliError when nothing is limited, or by something that is no whole number. */
function limits(args: Call['args']): JsonObject {
  const given = LIMITED.filter(([name]) => args[name])
  if (given.length === 0) throw new CliError('Must specify a valid resource with new quota value')
  return Object.fromEntries(
    given.map(([name]): [string, Json] => {
      const text = String(args[name])
      if (!/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text)) throw new CliError(`Quota limit for ${name} must be an integer`)
      return [name, Number(text.replaceAll('_', ''))]
    }),
  )
}

function flat(value: Json): Json {
  if (value === null) return ''
  if (!Array.isArray(value)) return value
  return value.map((each: Json) => (isObject(each) ? pythonJson(each, null) : pythonText(each))).join('\n')
}

const isObject = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

export default defineCli({ commands: [quotaList, quotaShow, quotaDefaultShow, quotaUpdate, quotaDelete] })
