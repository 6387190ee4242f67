/** Options of the DHCP agent. Source: the configuration reference, dhcp_agent.ini. */
import { boolean, defineOptions, integer, list, string } from '#config/options.ts'

export const DHCP_DRIVERS: readonly string[] = ['dnsmasq', 'neutron.agent.linux.dhcp.Dnsmasq']

const isSeconds = (value: number) => (value === -1 || value >= 120 ? null : 'at least 120 seconds, or -1: for ever')

export const dhcp = defineOptions('DEFAULT', {
  dhcp_driver: string({
    default: 'neutron.agent.linux.dhcp.Dnsmasq',
    check: (value) => (DHCP_DRIVERS.includes(value) ? null : `the only driver is ${DHCP_DRIVERS.at(-1)}`),
    help: 'The DHCP server.',
  }),
  dhcp_confs: string({ default: '$state_path/dhcp', help: 'The directory of the files of each network.' }),
  dhcp_lease_duration: integer({
    default: 86_400,
    min: -1,
    deprecated: [{ name: 'dhcp_lease_time' }],
    check: isSeconds,
    help: 'Seconds a lease lasts; -1: for ever.',
  }),
  dhcp_renewal_time: integer({ default: 0, min: 0, help: 'Seconds after which a client renews (T1); 0: as it likes.' }),
  dhcp_rebinding_time: integer({
    default: 0,
    min: 0,
    help: 'Seconds after which a client asks any server (T2); 0: as it likes.',
  }),
  dhcp_delete_namespaces: boolean({
    default: true,
    help: 'Delete the namespace of a network this agent no longer serves.',
  }),
  enable_isolated_metadata: boolean({
    default: false,
    help: 'Serve metadata on subnets that no router serves.',
  }),
  force_metadata: boolean({ default: false, help: 'Serve metadata on all subnets.' }),
  enable_metadata_network: boolean({
    default: false,
    help: 'Serve metadata for the router of networks within 169.254.0.0/16. Needs enable_isolated_metadata.',
  }),
  resync_interval: integer({
    default: 5,
    min: 1,
    help: 'Seconds after which a failed synchronisation is tried again, and between looks at the host.',
  }),
  dnsmasq_config_file: string({ default: '', help: 'A configuration file of your own for dnsmasq.' }),
  dnsmasq_dns_servers: list({ default: [], help: 'Where dnsmasq looks names up.' }),
  dnsmasq_base_log_dir: string({ help: 'Log queries and DHCP messages, into a directory per network below this one.' }),
  dnsmasq_local_resolv: boolean({ default: false, help: 'Look names up at the resolvers of the host.' }),
  dnsmasq_lease_max: integer({ default: 16_777_216, min: 1, help: 'Leases of a network at most.' }),
  dhcp_broadcast_reply: boolean({ default: false, help: 'Answer by broadcast.' }),
  dnsmasq_txt_record: string({ default: '', help: 'A TXT record to serve.' }),
})
