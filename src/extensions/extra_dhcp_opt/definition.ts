/** `extra_dhcp_opt` as data. Source: Networking API v2.0, "Extra DHCP options". */
import { defineExtension } from '#resource/definition.ts'
import { extraOptions } from './options-sent.ts'

export default defineExtension({
  alias: 'extra_dhcp_opt',
  name: 'Neutron Extra DHCP options',
  description:
    'Extra options configuration for DHCP. For example PXE boot options to DHCP clients can be specified ' +
    '(e.g. tftp-server, server-ip-address, bootfile-name)',
  updated: '2013-03-17T12:00:00-00:00',
  requires: ['port'],

  extends: {
    port: {
      extra_dhcp_opts: {
        type: { check: extraOptions },
        allow: 'post put',
        default: null,
        help: 'Each an `opt_name`, `opt_value` and `ip_version`; on update a null value takes the option away.',
      },
    },
  },
})
