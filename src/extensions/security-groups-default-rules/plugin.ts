/**
 * Default security group rules: what they may be. They are put into new groups by extensions/security-group.
 * Source: Networking API v2.0, "Default security group rules".
 */
import type { Json } from '#base/json.ts'
import { isIn, type Predicate } from '#base/predicate.ts'
import { checkedRule, type RuleMeaning, ruleKey } from '#extensions/security-group/definition.ts'
import { type Creating, definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import { DefaultSecurityGroupRuleExists, DuplicateDefaultSgRuleInPost } from './errors.ts'
import { type DefaultSecurityGroupRule, defaultSecurityGroupRules } from './tables.ts'

const KEYS = ['default_key', 'non_default_key'] as const

export default definePlugin({
  api,
  start({ serve }) {
    serve<DefaultSecurityGroupRule>('default_security_group_rule', defaultSecurityGroupRules, {
      beforeCreate,
      filters: { port_range_min: byNumber('port_range_min'), port_range_max: byNumber('port_range_max') },
    })
  },
})

function byNumber(column: string): (values: readonly Json[]) => Predicate {
  return (values) => isIn(column, values.map(Number).filter(Number.isSafeInteger))
}

/** @throws the errors of security group rules; DuplicateDefaultSgRuleInPost, DefaultSecurityGroupRuleExists */
async function beforeCreate({ tx, rows }: Creating<DefaultSecurityGroupRule>): Promise<void> {
  for (const row of rows) {
    row.remote_group_id ||= null
    row.remote_address_group_id ||= null
    const rule = checkedRule(row as RuleMeaning)
    Object.assign(row, rule)
    const key = ruleKey(rule)
    row.default_key = row.used_in_default_sg ? key : null
    row.non_default_key = row.used_in_non_default_sg ? key : null
  }
  for (const column of KEYS) {
    const keys = rows.flatMap((row) => row[column] ?? [])
    if (new Set(keys).size < keys.length) throw DuplicateDefaultSgRuleInPost()
    const [there] = keys.length === 0 ? [] : await tx.list(defaultSecurityGroupRules, { [column]: keys })
    if (there) throw DefaultSecurityGroupRuleExists({ rule_id: there.id })
  }
}
