/** `port-security` as data. Source: Networking API v2.0, "Port security". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'port-security',
  name: 'Port Security',
  description: 'Provides port security',
  updated: '2012-07-23T10:00:00-00:00',
  requires: ['network', 'port'],

  extends: {
    network: {
      port_security_enabled: {
        type: 'boolean',
        allow: 'post put',
        default: true,
        policy: 'enforce',
        help: 'What ports made from then on have, unless they say otherwise.',
      },
    },
    port: {
      port_security_enabled: {
        type: 'boolean',
        allow: 'post put',
        optional: true,
        policy: 'enforce',
        help: "Not sent: as the network has it. False: the port's packets are not looked at, and it is in no group.",
      },
    },
  },
})
