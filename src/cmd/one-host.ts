/**
 * What one host is configured as: the files an operator would have written, made anew at each start from the command's
 * options. Separate processes read the same files. Pure but for `writeFiles`.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { OperatingError } from '#base/errors.ts'

export const DEFAULT_STATE = '/var/lib/neutrino'

export interface OneHost {
  readonly state: string
  readonly host: string
  readonly port: number
  readonly identityPort: number
  readonly apiOnly: boolean
  readonly auth: 'keystone' | 'noauth'
  readonly datapathType: 'system' | 'netdev'
  readonly ovsdb: string
  /** Port of the stand-in for Nova's metadata API. */
  readonly novaPort: number
}

export interface Bridges {
  readonly integration: string
  readonly tunnel: string
  readonly external: string
  /** Ends of the patch between the first two; interfaces are unique in the whole switch. */
  readonly toTunnel: string
  readonly toIntegration: string
}

export const EXTERNAL_PHYSICAL_NETWORK = 'public'

/** The usual names in the default state directory; elsewhere others, so that several run side by side. Pure. */
export function bridgesOf(state: string): Bridges {
  const tail = state === DEFAULT_STATE ? '' : `-${createHash('sha256').update(state).digest('hex').slice(0, 4)}`
  return {
    integration: `br-int${tail}`,
    tunnel: `br-tun${tail}`,
    external: `br-ex${tail}`,
    toTunnel: `patch-tun${tail}`,
    toIntegration: `patch-int${tail}`,
  }
}

type Sections = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>

/** Files below STATE/etc by name. Pure. */
export function configurationOf(one: OneHost, secrets: Secrets): Readonly<Record<string, Sections>> {
  const { state } = one
  const bridges = bridgesOf(state)
  return {
    'neutron.conf': {
      DEFAULT: {
        state_path: `${state}/lib`,
        bind_host: one.host,
        bind_port: one.port,
        core_plugin: 'ml2',
        service_plugins: 'router,port_forwarding,segments,network_segment_range',
        auth_strategy: one.auth,
        transport_url: `local://${state}/bus.sock`,
        dns_domain: 'neutrino.internal',
      },
      database: { connection: `sqlite:///${state}/neutrino.db` },
      agent: { report_interval: 10 },
      identity: {
        enabled: one.auth === 'keystone',
        bind_host: one.host,
        bind_port: one.identityPort,
        admin_password: secrets.admin,
        demo_password: secrets.demo,
      },
    },
    'ml2_conf.ini': {
      ml2: {
        type_drivers: 'flat,vlan,vxlan,gre,geneve,local',
        project_network_types: 'vxlan',
        mechanism_drivers: 'openvswitch',
      },
      ml2_type_flat: { flat_networks: EXTERNAL_PHYSICAL_NETWORK },
      ml2_type_vlan: { network_vlan_ranges: `${EXTERNAL_PHYSICAL_NETWORK}:100:199` },
      ml2_type_vxlan: { vni_ranges: '1:100000' },
      ml2_type_gre: { tunnel_id_ranges: '1:100000' },
      ml2_type_geneve: { vni_ranges: '1:100000', max_header_size: 30 },
    },
    'openvswitch_agent.ini': {
      ovs: {
        integration_bridge: bridges.integration,
        tunnel_bridge: bridges.tunnel,
        int_peer_patch_port: bridges.toTunnel,
        tun_peer_patch_port: bridges.toIntegration,
        bridge_mappings: `${EXTERNAL_PHYSICAL_NETWORK}:${bridges.external}`,
        local_ip: '127.0.0.1',
        datapath_type: one.datapathType,
        ovsdb_connection: one.ovsdb,
      },
      agent: { tunnel_types: 'vxlan,gre,geneve' },
      securitygroup: { enable_security_group: true, firewall_driver: 'openvswitch' },
    },
    'dhcp_agent.ini': {
      DEFAULT: { interface_driver: 'openvswitch', enable_isolated_metadata: true },
      ovs: { integration_bridge: bridges.integration, datapath_type: one.datapathType, ovsdb_connection: one.ovsdb },
    },
    'l3_agent.ini': {
      DEFAULT: { interface_driver: 'openvswitch' },
      ovs: { integration_bridge: bridges.integration, datapath_type: one.datapathType, ovsdb_connection: one.ovsdb },
    },
    'metadata_agent.ini': {
      DEFAULT: {
        nova_metadata_host: '127.0.0.1',
        nova_metadata_port: one.novaPort,
        metadata_proxy_shared_secret: secrets.metadata,
      },
    },
  }
}

/** An oslo.config file. Pure. */
export function renderIni(sections: Sections): string {
  return Object.entries(sections)
    .map(([section, options]) => {
      const lines = Object.entries(options).map(([name, value]) => `${name} = ${String(value).replaceAll('$', '$$$$')}`)
      return `[${section}]\n${lines.join('\n')}\n`
    })
    .join('\n')
}

/** Made once for a state directory, kept in STATE/etc/secrets.json. */
export interface Secrets {
  readonly admin: string
  readonly demo: string
  /** Shared by the metadata agent and the stand-in for Nova. */
  readonly metadata: string
}

export interface Files {
  readonly etc: string
  readonly secrets: Secrets
}

/** Writes the files into STATE/etc, readable by their owner alone; secrets survive. */
export function writeFiles(one: OneHost): Files {
  const etc = `${one.state}/etc`
  mkdirSync(etc, { recursive: true, mode: 0o700 })
  mkdirSync(`${one.state}/lib`, { recursive: true })
  const secrets = readSecrets(`${etc}/secrets.json`)
  writeFileSync(`${one.state}/one-host.json`, JSON.stringify(one, null, 2))
  for (const [name, sections] of Object.entries(configurationOf(one, secrets))) {
    const head = '# Written by ./neutrino up; options of your own go into a file given with --config-file.'
    writeFileSync(`${etc}/${name}`, `${head}\n\n${renderIni(sections)}`, { mode: 0o600 })
  }
  return { etc, secrets }
}

/** What the instance over that state was started as. @throws OperatingError when none ever was. */
export function readOneHost(state: string): OneHost {
  const file = `${state}/one-host.json`
  if (!existsSync(file)) throw new OperatingError(`nothing was ever started over ${state}; see --state`)
  return JSON.parse(readFileSync(file, 'utf8')) as OneHost
}

function readSecrets(file: string): Secrets {
  if (!existsSync(file)) {
    const made: Secrets = { admin: newSecret(), demo: newSecret(), metadata: newSecret() }
    writeFileSync(file, JSON.stringify(made), { mode: 0o600 })
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets
}

function newSecret(): string {
  return randomBytes(18).toString('base64url')
}
