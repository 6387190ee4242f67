/** `availability_zone` as data; its path is served by plugin.ts. Source: Networking API v2.0, "Availability zones". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'availability_zone',
  name: 'Availability Zone',
  description: 'The availability zone extension.',
  updated: '2015-01-01T10:00:00-00:00',
  requires: ['agent'],
  extends: {
    agent: { availability_zone: { type: 'any', query: 'filter', help: 'As the agent reports it.' } },
  },
  announces: [
    {
      alias: 'availability_zone_filter',
      name: 'Availability Zone Filter Extension',
      description: 'Add filter parameters to AvailabilityZone resource',
      updated: '2018-06-22T10:00:00-00:00',
    },
  ],
})
