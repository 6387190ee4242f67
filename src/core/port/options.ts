/** How ports get their MAC addresses. Source: neutron.conf, `[DEFAULT]`. */
import { isMac } from '#base/mac.ts'
import { defineOptions, string } from '#config/options.ts'

export const portOptions = defineOptions('DEFAULT', {
  base_mac: string({
    default: 'fa:16:3e:00:00:00',
    check: (value) => (isMac(value) ? null : 'it is not a MAC address'),
    help: 'Made MAC addresses begin with its first three octets, and with its fourth unless that is 00.',
  }),
})
