/**
 * `quotas` and its details as data: what a project may have of each resource. Its paths are no plain resource: they are
 * keyed by project and stand in plugin.ts. Source: Networking API v2.0, "Quotas extension", "Quotas details extension".
 */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'quotas',
  name: 'Quota management support',
  description: 'Expose functions for quotas management per project',
  updated: '2012-07-29T10:00:00-00:00',
  announces: [
    {
      alias: 'quota_details',
      name: 'Quota details management support',
      description: 'Expose functions for quotas usage statistics per project',
      updated: '2017-02-10T10:00:00-00:00',
    },
    {
      alias: 'quota-check-limit',
      name: 'Quota engine limit check',
      description: 'Support for checking the resource usage before applying a new quota limit',
      updated: '2021-09-08T16:00:00-00:00',
    },
    {
      alias: 'quota-check-limit-default',
      name: 'Quota engine limit check by default',
      description: 'By default, the Neutron quota engine checks the resource usage before applying a new quota limit',
      updated: '2024-08-21T16:00:00-00:00',
    },
  ],
})
