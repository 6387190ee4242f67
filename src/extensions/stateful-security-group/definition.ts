/**
 * `stateful` of security groups as data: whether what answers a connection passes without a rule of its own.
 * Source: Networking API v2.0, "Security groups", `stateful`.
 */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'stateful-security-group',
  name: 'Stateful security group',
  description: 'Indicates if the security group is stateful or not',
  updated: '2019-11-26T09:00:00-00:00',
  requires: ['security-group'],
  extends: {
    security_group: {
      stateful: {
        type: 'boolean',
        allow: 'post put',
        optional: true,
        query: 'filter',
        help:
          'False: no connection is tracked, answers need rules of their own. Not changed while ports are in it. Not sent: ' +
          "as the project's default says, else true.",
      },
    },
  },
})
