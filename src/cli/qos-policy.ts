/**
 * What `--qos-policy` and `--no-qos-policy` become in a body. It asks for the policy by name, also of a server whose
 * definitions do not have policies: that server answers for itself.
 */
import type { JsonObject } from '#base/json.ts'
import type { Call } from './command.ts'
import { findId } from './find.ts'
import type { Outline } from './outline.ts'

const QOS_POLICY: Outline = {
  name: 'qos_policy',
  collection: 'policies',
  body: 'policy',
  path: '/qos/policies',
  parent: null,
  key: 'id',
  methods: ['list'],
  owned: true,
  attributes: {},
  actions: [],
}

export async function qosPolicyBody(call: Call): Promise<JsonObject> {
  const { qos_policy: policy, no_qos_policy: none } = call.args
  const definitions = { qos_policy: QOS_POLICY, ...call.definitions }
  return {
    ...(policy ? { qos_policy_id: await findId({ ...call, definitions }, 'qos_policy', String(policy)) } : {}),
    ...(none ? { qos_policy_id: null } : {}),
  }
}
