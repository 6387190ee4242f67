/** Whether a security group is stateful. */
import { securityGroups } from '#extensions/security-group/tables.ts'
import { widen } from '#store/store.ts'

declare module '#extensions/security-group/tables.ts' {
  interface SecurityGroup {
    stateful: boolean
  }
}

widen(securityGroups, { stateful: 'boolean' })
