/** Options of DHCP scheduling. Source: the configuration reference, neutron.conf. */
import { boolean, defineOptions, integer } from '#config/options.ts'

export const dhcpSchedulerOptions = defineOptions('DEFAULT', {
  dhcp_agents_per_network: integer({
    default: 1,
    min: 1,
    help: 'DHCP agents that serve each network; more than one keeps DHCP up when a host fails.',
  }),
  network_auto_schedule: boolean({
    default: true,
    help: 'Whether networks are given to DHCP agents without being asked to.',
  }),
  allow_automatic_dhcp_failover: boolean({
    default: true,
    help: 'Whether networks are taken from DHCP agents that are down.',
  }),
})
