/** `port-device-profile` as data. Source: Networking API v2.0, "Port device profile". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'port-device-profile',
  name: 'Port device profile',
  description: 'Expose the port device profile (Cyborg)',
  updated: '2020-12-17T10:00:00-00:00',
  requires: ['port'],

  extends: {
    port: {
      device_profile: {
        type: 'string?',
        allow: 'post',
        default: null,
        help: 'The name of a profile of accelerators, which Nova asks for when it makes the instance.',
      },
    },
  },
})
