/**
 * Whether new security groups are stateful where the request does not say: one setting for each project, and one for
 * all that have none. It is read by extensions/stateful-security-group.
 * Source: Networking API v2.0, "Security groups default statefulness".
 */
import { type Creating, definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import { SecurityGroupDefaultStatefulnessAlreadyExists } from './errors.ts'
import { type DefaultStatefulness, defaultStatefulness, EVERYWHERE } from './tables.ts'

export default definePlugin({
  api,
  start({ serve }) {
    serve<DefaultStatefulness>('security_groups_default_statefulness', defaultStatefulness, { beforeCreate })
  },
})

/** @throws SecurityGroupDefaultStatefulnessAlreadyExists */
async function beforeCreate({ tx, rows }: Creating<DefaultStatefulness>): Promise<void> {
  for (const row of rows) row.scope = row.project_id || EVERYWHERE
  const there = await tx.list(defaultStatefulness, { scope: rows.map(({ scope }) => scope!) })
  const [one] = there
  if (one) throw SecurityGroupDefaultStatefulnessAlreadyExists({ project_id: one.project_id || 'system-wide' })
}
