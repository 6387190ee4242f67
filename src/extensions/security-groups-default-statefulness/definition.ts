/**
 * `security_groups_default_statefulness` as data: whether new groups are stateful where the request does not say.
 * Its name is its plural too. Source: Networking API v2.0, "Security groups default statefulness".
 */
import { defineExtension, identity } from '#resource/definition.ts'

export default defineExtension({
  alias: 'security-groups-default-statefulness',
  name: 'Security Groups Default Statefulness',
  description:
    "Allows configuring the default value of the 'stateful' attribute for new security groups, on a per-project or " +
    'system-wide basis',
  updated: '2026-04-13T00:00:00-00:00',
  requires: ['security-group', 'stateful-security-group'],

  resources: [
    {
      name: 'security_groups_default_statefulness',
      collection: 'security_groups_default_statefulness',
      notFound: {
        type: 'SecurityGroupDefaultStatefulnessNotFound',
        text: 'Security group default statefulness %(id)s could not be found.',
      },
      attributes: {
        id: identity.id,
        project_id: {
          type: 'string?',
          allow: 'post',
          query: 'filter sort',
          help: 'The project it is for; null, which administrators may send: all that have none of their own.',
        },
        stateful: { type: 'boolean', allow: 'post put', default: true, query: 'filter sort' },
      },
    },
  ],
})
