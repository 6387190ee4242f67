/** How many pairs a port may have. Source: neutron.conf, `[DEFAULT]`. */
import { defineOptions, integer } from '#config/options.ts'

export const addressPairOptions = defineOptions('DEFAULT', {
  max_allowed_address_pair: integer({ default: 10, min: 0, help: 'Allowed address pairs of one port at most.' }),
})
