/**
 * Options of quotas: the limits of projects that have none of their own. A resource under quota without an option here
 * is limited as its definition says, or by `default_quota`. Source: the configuration reference, section `quotas`.
 */
import { defineOptions, integer, type OldName } from '#config/options.ts'

/** Kilo's files have the section in capitals. */
const capitals = (name: string): { readonly deprecated: readonly OldName[] } => ({
  deprecated: [{ section: 'QUOTAS', name }],
})
const limit = (name: string, what: string, value: number) =>
  integer({ default: value, min: -1, ...capitals(name), help: `${what} allowed per project; -1: unlimited.` })

export const quotaOptions = defineOptions('quotas', {
  default_quota: limit('default_quota', 'Resources of each kind that has no option of its own', -1),
  quota_network: limit('quota_network', 'Networks', 100),
  quota_subnet: limit('quota_subnet', 'Subnets', 100),
  quota_port: limit('quota_port', 'Ports', 500),
  quota_router: limit('quota_router', 'Routers', 10),
  quota_floatingip: limit('quota_floatingip', 'Floating IPs', 50),
  quota_rbac_policy: limit('quota_rbac_policy', 'Entries of RBAC', 10),
  quota_security_group: limit('quota_security_group', 'Security groups', 10),
  quota_security_group_rule: limit('quota_security_group_rule', 'Security group rules', 100),
})
