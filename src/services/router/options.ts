/** Options of routers as the server sees them. Source: the configuration reference, neutron.conf. */
import { boolean, defineOptions, integer, string } from '#config/options.ts'

const DRIVERS = 'neutron.scheduler.l3_agent_scheduler.'

export const routerOptions = defineOptions('DEFAULT', {
  enable_snat_by_default: boolean({
    default: true,
    help: 'Whether a gateway translates addresses (SNAT) when the request does not say.',
  }),
  max_routes: integer({ default: 30, min: 0, help: 'Extra routes a router may have.' }),
  router_scheduler_driver: string({
    default: `${DRIVERS}LeastRoutersScheduler`,
    choices: [`${DRIVERS}LeastRoutersScheduler`, `${DRIVERS}AZLeastRoutersScheduler`, `${DRIVERS}ChanceScheduler`],
    help: 'How an L3 agent is chosen: that with the fewest routers; this, in the zones wanted; or any.',
  }),
  router_auto_schedule: boolean({
    default: true,
    help: 'Whether an L3 agent that asks for its routers is given those no agent hosts.',
  }),
  allow_automatic_l3agent_failover: boolean({
    default: false,
    help: 'Whether routers of a dead L3 agent are given to living ones.',
  }),
})
