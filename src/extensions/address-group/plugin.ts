/**
 * Address groups: their addresses, which rules refer to them, and which security groups agents read again when the
 * addresses change. What agents read is told by extensions/security-group.
 * Source: Networking API v2.0, "Address groups".
 */
import type { Json, JsonObject } from '#base/json.ts'
import { and, equals } from '#base/predicate.ts'
import { type SecurityGroupRule, securityGroupRules } from '#extensions/security-group/tables.ts'
import { OverQuota } from '#plugin/errors.ts'
import { grantedIds, keepWhileUsed } from '#plugin/grants.ts'
import { type ActionOperation, type Creating, definePlugin, type PluginHost } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { ADDRESSES_MAX, addressesOf, canonical } from './addresses.ts'
import api from './definition.ts'
import { AddressesAlreadyExist, AddressesNotFound, AddressGroupInUse, AddressGroupNotFound } from './errors.ts'
import { ADDRESSES, type AddressGroup, addressGroups } from './tables.ts'

export default definePlugin({
  api,
  start(host: PluginHost) {
    serveAddressGroups(host)
    keepWhileUsed(host, {
      object: 'address_group',
      action: 'access_as_shared',
      used: async (tx, id, projects) =>
        (await tx.count(securityGroupRules, and(equals('remote_address_group_id', id), projects))) > 0,
      details: ({ target_tenant }) => `project_id=${target_tenant}`,
    })
    host.events.before<SecurityGroupRule>('security_group_rule', 'create', checkRules)
  },
})

function serveAddressGroups({ serve, resources, definitions }: PluginHost): void {
  const { visible } = definitions.resources.get('address_group')!

  async function write(op: ActionOperation<AddressGroup>, addresses: readonly string[]) {
    await logAddresses(op.tx, op.row.id)
    const group = await resources.update(op, 'address_group', op.row.id, { addresses })
    return { address_group: Object.fromEntries(visible.map((name) => [name, shownValue(group, name)])) }
  }

  serve<AddressGroup>('address_group', addressGroups, {
    async beforeCreate({ rows }) {
      for (const row of rows) row.addresses = withinLimit(canonical(row.addresses ?? []))
    },
    async beforeDelete({ tx, before }) {
      if (await tx.exists(securityGroupRules, { remote_address_group_id: before.id })) {
        throw AddressGroupInUse({ address_group_id: before.id })
      }
    },
    actions: {
      async add_addresses(op) {
        const [there, fresh] = sorted(op)
        if (there.length > 0) throw AddressesAlreadyExist({ addresses: there, address_group_id: op.row.id })
        return write(op, withinLimit([...op.row.addresses, ...fresh]))
      },
      async remove_addresses(op) {
        const [there, missing] = sorted(op)
        if (missing.length > 0) throw AddressesNotFound({ addresses: missing, address_group_id: op.row.id })
        return write(
          op,
          op.row.addresses.filter((address) => !there.includes(address)),
        )
      },
    },
  })
}

function shownValue(group: JsonObject, name: string): Json {
  return group[name === 'tenant_id' ? 'project_id' : name] ?? null
}

/** The addresses asked about: those that are in the group, and those that are not. */
function sorted({ row, body }: ActionOperation<AddressGroup>): [there: string[], missing: string[]] {
  const asked = addressesOf(body)
  const known = new Set(row.addresses)
  return [asked.filter((address) => known.has(address)), asked.filter((address) => !known.has(address))]
}

function withinLimit(addresses: readonly string[]): readonly string[] {
  if (addresses.length > ADDRESSES_MAX) throw OverQuota({ overs: ['address_group_address'] })
  return addresses
}

/** A rule refers to a group that its maker may see. @throws AddressGroupNotFound */
async function checkRules({ tx, context, rows }: Creating<SecurityGroupRule>): Promise<void> {
  const asked = rows.flatMap(({ remote_address_group_id }) => remote_address_group_id ?? [])
  if (asked.length === 0) return
  const ids = [...new Set(asked)].sort()
  // Who deletes the group waits, and finds the rule. (SQLite has one writer at a time.)
  if (tx.dialect !== 'sqlite') {
    await tx.sql.selectFrom(addressGroups.name).select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute()
  }
  const groups = new Map((await tx.list(addressGroups, { id: ids })).map((group) => [group.id, group]))
  for (const { remote_address_group_id: id, project_id } of rows) {
    const group = id ? groups.get(id) : undefined
    if (!id || (group && (context.isAdmin || group.project_id === (project_id ?? null)))) continue
    const target = { projectId: project_id ?? null }
    if (group && (await grantedIds(tx, target, ['access_as_shared'], [id])).size > 0) continue
    throw AddressGroupNotFound({ address_group_id: id })
  }
}

/** That addresses have come or gone: a change of the name is nothing to agents. */
function logAddresses(tx: Tx, id: string): Promise<void> {
  return tx.log([{ resource: ADDRESSES, id, kind: 'update', project_id: null, revision_number: 0, detail: null }])
}
