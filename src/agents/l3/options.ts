/**
 * Options of the L3 agent. Source: the configuration reference, l3_agent.ini and `[agent]`.
 */
import { boolean, defineOptions, integer, ip, port, string } from '#config/options.ts'

const mark = (value: string) =>
  /^(?:0x[0-9a-f]+|\d+)$/i.test(value) && Number(value) > 0 && Number(value) <= 0xffff
    ? null
    : 'a mark is a number from 1 to 0xffff'

export const l3 = defineOptions('DEFAULT', {
  agent_mode: string({
    default: 'legacy',
    choices: ['legacy'],
    help: 'How routers are spread: legacy, each router whole on one host.',
  }),
  handle_internal_only_routers: boolean({
    default: true,
    help: 'Whether this agent serves routers that have no external gateway.',
  }),
  ipv6_gateway: ip({
    help: "Link-local address of the external network's IPv6 router, for external networks without an IPv6 subnet.",
  }),
  radvd_user: string({ default: '', help: 'Whom radvd runs as; not given: whom the agent runs as.' }),
  ra_confs: string({ default: '$state_path/ra', help: 'The directory of the configurations of radvd.' }),
  min_rtr_adv_interval: integer({ default: 30, min: 3, help: 'Shortest time between router advertisements, seconds.' }),
  max_rtr_adv_interval: integer({ default: 100, min: 4, help: 'Longest time between router advertisements, seconds.' }),
  metadata_port: port({ default: 9697, help: "TCP port of the metadata proxy in a router's namespace." }),
  enable_metadata_proxy: boolean({
    default: true,
    help: 'Whether instances reach the metadata service through their router.',
  }),
  metadata_access_mark: string({
    default: '0x1',
    check: mark,
    help: 'Mark of packets to the metadata address, within the lower 16 bits.',
  }),
  external_ingress_mark: string({
    default: '0x2',
    check: mark,
    help: 'Mark of packets that came in from the external network, within the lower 16 bits.',
  }),
})

export const iptablesOptions = defineOptions('agent', {
  comment_iptables_rules: boolean({ default: true, help: 'Whether iptables rules carry comments.' }),
  use_random_fully: boolean({
    default: true,
    help: 'Whether source ports are chosen fully at random (--random-fully) when addresses are translated.',
  }),
})
