/** Options of DHCP scheduling. Source: the configuration reference, neutron.conf. */
import { boolean, defineOptions, integer, string } from '#config/options.ts'

const DRIVERS = 'neutron.scheduler.dhcp_agent_scheduler.'

export const dhcpSchedulerOptions = defineOptions('DEFAULT', {
  dhcp_agents_per_network: integer({
    default: 1,
    min: 1,
    help: 'DHCP agents that serve each network; more than one keeps DHCP up when a host fails.',
  }),
  network_scheduler_driver: string({
    default: `${DRIVERS}WeightScheduler`,
    choices: [`${DRIVERS}WeightScheduler`, `${DRIVERS}AZAwareWeightScheduler`, `${DRIVERS}ChanceScheduler`],
    help: 'How DHCP agents are chosen: those with the fewest networks; these, spread over zones; or any.',
  }),
  dhcp_load_type: string({
    default: 'networks',
    choices: ['networks', 'subnets', 'ports'],
    help: 'What the load of a DHCP agent is counted in: its networks, or the subnets or ports of these.',
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
