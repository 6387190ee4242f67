/** RBAC policies on the command line. Source: neutronclient 8.1's commands of RBAC policies. */
import { option } from '#cli/arguments.ts'
import { type Call, defineCli } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { findId } from '#cli/find.ts'
import { lower } from '#cli/types.ts'

/** Object types as the API has them, by what `--type` calls them. */
const TYPES: Readonly<Record<string, string>> = {
  network: 'network',
  'qos-policy': 'qos_policy',
  'security-group': 'security_group',
  'address-scope': 'address_scope',
  'address-group': 'address_group',
  subnetpool: 'subnetpool',
}
const SHOWN_TYPES = Object.keys(TYPES)

export default defineCli({
  resources: {
    rbac_policy: {
      noun: 'rbac',
      names: false,
      list: { summary: 'List RBAC policies.', columns: ['id', 'object_type', 'object_id'] },
      create: {
        arguments: [
          { name: 'name', metavar: 'RBAC_OBJECT', help: 'ID or name of the object.' },
          option('--type', 'What kind of object it is.', { choices: SHOWN_TYPES, required: true, type: lower }),
          option('--target-tenant', 'ID of the tenant that is allowed to; * for all of them.', { default: '*' }),
          option('--action', 'What the tenant is allowed to.', {
            choices: ['access_as_external', 'access_as_shared'],
            type: lower,
            required: true,
          }),
        ],
        body: async (call) => ({
          object_id: await objectId(call),
          object_type: TYPES[String(call.args.type)]!,
          target_tenant: call.args.target_tenant ?? '*',
          action: call.args.action!,
        }),
      },
      update: {
        arguments: [option('--target-tenant', 'ID of the tenant that is allowed to; * for all of them.')],
        body: ({ args }) => ({ target_tenant: args.target_tenant ?? null }),
      },
    },
  },
})

async function objectId(call: Call): Promise<string> {
  const type = TYPES[String(call.args.type)]!
  if (!call.definitions[type]) throw new CliError(`The server has no ${call.args.type}.`)
  return await findId(call, type, String(call.args.name))
}
