/** The MTU of what carries networks. Source: neutron.conf, `[DEFAULT]`. */
import { defineOptions, integer } from '#config/options.ts'

export const mtuOptions = defineOptions('DEFAULT', {
  global_physnet_mtu: integer({
    default: 1500,
    deprecated: [{ section: 'ml2', name: 'segment_mtu' }],
    help: 'MTU of the underlying physical network; tunnels leave less of it.',
  }),
})
