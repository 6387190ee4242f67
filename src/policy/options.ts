/** `[oslo_policy]`: where the operator's own rules are. Source: the configuration reference. */
import { defineOptions, multi, string } from '#config/options.ts'

export const osloPolicy = defineOptions('oslo_policy', {
  policy_file: string({
    default: 'policy.yaml',
    help: 'The file of rules that replace the built-in ones; relative to the directory of the configuration files.',
    deprecated: [{ section: 'DEFAULT', name: 'policy_file' }],
  }),
  policy_dirs: multi({
    default: ['policy.d'],
    help: 'Directories of further rule files, read after policy_file in the order of their names.',
    deprecated: [{ section: 'DEFAULT', name: 'policy_dirs' }],
  }),
  policy_default_rule: string({
    default: 'default',
    help: 'The rule that holds for whatever has none of its own.',
    deprecated: [{ section: 'DEFAULT', name: 'policy_default_rule' }],
  }),
})
