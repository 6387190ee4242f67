/**
 * `standard-attr-tag` and what later came to it, as data. The attribute stands in the definitions of what can be tagged.
 * Source: Networking API v2.0, "Standard Attributes Tag Extension"; dates are upstream's, as odd as one of them is.
 */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'standard-attr-tag',
  name: 'Tag support for resources with standard attribute: floatingip, network, network_segment_range, port, router, security_group, subnet, subnetpool',
  description: 'Enables to set tag on resources with standard attribute.',
  updated: '2017-01-01T00:00:00-00:00',
  announces: [
    {
      alias: 'tag-creation',
      name: 'Tag creation extension',
      description: 'Allow to create multiple tags for a resource',
      updated: '2024-23-07T10:00:00-00:00',
    },
    {
      alias: 'tag-ports-during-bulk-creation',
      name: 'Tag Ports During Bulk Creation',
      description: 'Allow to tag ports during bulk creation',
      updated: '2019-12-29T19:00:00-00:00',
    },
  ],
})
