/** `binding-extended` as data. Source: Networking API v2.0, "Port binding". */
import { VNIC_TYPES } from '#extensions/binding/definition.ts'
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'binding-extended',
  name: 'Port Bindings Extended',
  description: 'Expose port bindings of a virtual port to external application',
  updated: '2017-07-17T10:00:00-00:00',
  requires: ['binding'],

  resources: [
    {
      name: 'port_binding',
      collection: 'bindings',
      body: 'binding',
      parent: { resource: 'port', column: 'port_id' },
      key: 'host',
      notFound: {
        type: 'PortBindingNotFound',
        text: 'Binding for port %(parent_id)s for host %(id)s could not be found.',
      },
      attributes: {
        host: { type: 'string', allow: 'post put', query: 'filter' },
        vif_type: { type: 'any', query: 'filter' },
        vif_details: { type: 'any' },
        vnic_type: { type: { values: VNIC_TYPES }, allow: 'post put', default: 'normal', query: 'filter' },
        profile: {
          type: 'dict?',
          allow: 'post put',
          optional: true,
          help: 'A change that does not name it clears it.',
        },
        status: { type: 'any', query: 'filter', help: 'ACTIVE or INACTIVE; one of them is ACTIVE.' },
        project_id: { type: 'string', allow: 'post', hidden: true },
      },
      actions: [{ name: 'activate', help: 'The port is plugged there from now on, and no longer where it was.' }],
    },
  ],
})
