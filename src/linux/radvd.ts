/**
 * radvd as values: its configuration and its command line. Pure; running it is child.ts's, what a router wants of it is
 * the L3 agent's. Source: radvd(8), radvd.conf(5); RFC 4861 §6.2.1, RFC 8106.
 */

/** What is announced on one device. */
export interface Advertisement {
  readonly device: string
  readonly minIntervalSeconds: number
  readonly maxIntervalSeconds: number
  /** 0: not announced. */
  readonly mtu: number
  /** Addresses come from DHCPv6 (the M flag). */
  readonly managed: boolean
  /** Other settings come from DHCPv6 (the O flag). */
  readonly otherConfig: boolean
  readonly nameServers: readonly string[]
  readonly prefixes: readonly {
    readonly cidr: string
    /** Whether hosts make addresses of it themselves. */
    readonly autonomous: boolean
  }[]
}

/** IPv6 needs at least this; a smaller one is not to be announced. RFC 8200 §5. */
export const IPV6_MTU_MIN = 1280

export function renderConfig(all: readonly Advertisement[]): string {
  return all.map(renderInterface).join('')
}

function renderInterface(one: Advertisement): string {
  const { device, minIntervalSeconds, maxIntervalSeconds, mtu, managed, otherConfig, nameServers, prefixes } = one
  const lines = [
    'AdvSendAdvert on;',
    `MinRtrAdvInterval ${minIntervalSeconds};`,
    `MaxRtrAdvInterval ${maxIntervalSeconds};`,
    ...(mtu >= IPV6_MTU_MIN ? [`AdvLinkMTU ${mtu};`] : []),
    ...(otherConfig ? ['AdvOtherConfigFlag on;'] : []),
    ...(managed ? ['AdvManagedFlag on;'] : []),
    ...(nameServers.length > 0 ? [`RDNSS ${nameServers.join(' ')} {};`] : []),
    ...prefixes.map(
      ({ cidr, autonomous }) => `prefix ${cidr} { AdvOnLink on; AdvAutonomous ${autonomous ? 'on' : 'off'}; };`,
    ),
  ]
  return `interface ${device}\n{\n${lines.map((line) => `   ${line}\n`).join('')}};\n`
}

export interface RadvdFiles {
  readonly config: string
  readonly pid: string
}

/** Logging to syslog makes it close what it was given, so that whoever starts it does not wait for its end. */
export function renderCommand({ config, pid }: RadvdFiles, user: string): string[] {
  return ['radvd', '-C', config, '-p', pid, '-m', 'syslog', ...(user === '' || user === 'root' ? [] : ['-u', user])]
}
