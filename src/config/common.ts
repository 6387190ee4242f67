/**
 * Options that more than one part reads: who this process is, where it keeps its files, how it logs, where the API and
 * the bus are. What only one part reads is declared beside that part.
 * Source: the configuration reference, neutron.conf.
 */
import { hostname } from 'node:os'
import { boolean, defineOptions, float, integer, list, port, string } from './options.ts'

/** `[DEFAULT]` of neutron.conf: for the server and every agent. */
export const common = defineOptions('DEFAULT', {
  host: string({
    default: hostname(),
    sampleDefault: '<hostname>',
    help: 'The name this host reports and binds ports by. Equal for all agents of a host, and for Nova.',
    check: (value) => (value === '' ? 'a host needs a name' : null),
  }),
  state_path: string({
    default: '/var/lib/neutron',
    help: 'The directory under which everything that is kept on disk has its place.',
  }),
  debug: boolean({ default: false, mutable: true, help: 'Log what is only of use when looking for a fault.' }),
  log_file: string({
    deprecated: [{ name: 'logfile' }],
    help: 'The file to log to; relative to log_dir when that is set. Unset: standard error.',
  }),
  log_dir: string({
    deprecated: [{ name: 'logdir' }],
    help: 'The directory of the log file. Set without log_file, the file is named after the process.',
  }),
  use_json: boolean({ default: false, help: 'Write each log line as one JSON object.' }),
  transport_url: string({
    default: 'rabbit://',
    secret: true,
    help: 'Where the message bus is: local:///path/bus.sock for processes of one host, in-process:// within one process.',
  }),
  rpc_response_timeout: integer({
    default: 60,
    min: 1,
    help: 'Seconds to wait for the answer to a call over the bus.',
  }),
  agent_down_time: integer({
    default: 75,
    min: 1,
    help: 'Seconds without a report after which an agent is down; at least twice report_interval.',
  }),
  bind_host: string({ default: '0.0.0.0', help: 'The address the API listens on.' }),
  bind_port: port({ default: 9696, help: 'The TCP port the API listens on; 0: one that is free.' }),
  dns_domain: string({
    default: 'openstacklocal',
    deprecated: [{ name: 'dhcp_domain' }],
    help: 'The domain of the names of ports, announced to clients. With the default, ports have no names of their own.',
  }),
  auth_strategy: string({
    default: 'keystone',
    choices: ['keystone', 'noauth'],
    help: 'How a request proves whose it is: by a token, or not at all (noauth, every caller is an administrator).',
  }),
  core_plugin: string({ default: 'ml2', help: 'The plugin that serves networks, subnets and ports.' }),
  service_plugins: list({
    default: [],
    help: 'The service plugins to load, by alias (router) or by the class path upstream has for them.',
  }),
  default_availability_zones: list({
    default: [],
    help: 'Availability zone hints of networks and routers that have none of their own.',
  }),
  interface_driver: string({
    default: 'openvswitch',
    help: 'What plugs the devices of the DHCP and L3 agents: openvswitch, or the class path upstream has for it.',
  }),
})

/** `[agent]`: for every agent. */
export const agentCommon = defineOptions('agent', {
  report_interval: float({
    default: 30,
    min: 0.05,
    help: 'Seconds between two reports of state; at most half of agent_down_time.',
  }),
  availability_zone: string({ default: 'nova', help: 'The availability zone the agent reports.' }),
  log_agent_heartbeats: boolean({ default: false, help: 'Log each report of state.' }),
})

/** `[securitygroup]`: what the server tells of ports and the agents do. */
export const securityGroupCommon = defineOptions('securitygroup', {
  enable_security_group: boolean({ default: true, help: 'Security groups. When false, no port is filtered.' }),
})

/** `[database]`: where the server keeps its state. */
export const database = defineOptions('database', {
  connection: string({
    default: 'sqlite:///$state_path/neutron.sqlite',
    secret: true,
    deprecated: [{ name: 'sql_connection' }, { section: 'DEFAULT', name: 'sql_connection' }],
    help: 'The URL of the database: sqlite:////path, postgresql://user:password@host/name, mysql+pymysql://…',
  }),
  max_pool_size: integer({ default: 5, min: 1, help: 'Connections kept open to the database.' }),
})
