/** Limits on what one subnet tells its hosts. Source: neutron.conf, `[DEFAULT]`. */
import { defineOptions, integer } from '#config/options.ts'

export const subnetOptions = defineOptions('DEFAULT', {
  max_dns_nameservers: integer({ default: 5, help: 'Name servers a subnet may have.' }),
  max_subnet_host_routes: integer({ default: 20, help: 'Host routes a subnet may have.' }),
})
