/**
 * Service providers: who does a kind of service, as `[service_providers]` says and as the services themselves bring it.
 * Pure. Source: the configuration reference; Networking API v2.0, "Service providers"; reasons are upstream's.
 */
export interface Provider {
  readonly service_type: string
  readonly name: string
  readonly driver: string
  readonly default: boolean
}

const NAME_MAX = 255

/** Routers are of one kind here, by the name and path upstream has for it. */
export const ROUTER_PROVIDER: Provider = {
  service_type: 'L3_ROUTER_NAT',
  name: 'single_node',
  driver: 'neutron.services.l3_router.service_providers.single_node.SingleNodeDriver',
  default: false,
}

/** Types of service, by the extension that brings them. */
const TYPES: readonly (readonly [alias: string, type: string])[] = [
  ['router', 'L3_ROUTER_NAT'],
  ['flavors', 'FLAVORS'],
  ['auto-allocated-topology', 'auto-allocated-topology'],
  ['network-ip-availability', 'network-ip-availability'],
  ['segment', 'segments'],
  ['floating-ip-port-forwarding', 'PORTFORWARDING'],
  ['network-segment-range', 'NETWORK_SEGMENT_RANGE'],
  ['standard-attr-tag', 'TAG'],
  ['qos', 'QOS'],
  ['metering', 'METERING'],
  ['trunk', 'trunk'],
]

/** The types of service that those extensions bring, the core among them. */
export function serviceTypes(aliases: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(['CORE', ...TYPES.flatMap(([alias, type]) => (aliases.has(alias) ? [type] : []))])
}

/**
 * Those written, and of those built in the ones nobody wrote over. An empty line, as samples have it, names none.
 * @throws Error with upstream's reason when they contradict each other, or name what is not there.
 */
export function providersOf(written: readonly string[], builtIn: readonly Provider[]): Provider[] {
  const all: Provider[] = []
  for (const provider of written.filter((line) => line !== '').map(parseProvider)) {
    if (all.some(({ driver }) => driver === provider.driver)) {
      throw new Error(`Driver ${provider.driver} is not unique across providers`)
    }
    const same = all.filter(({ service_type }) => service_type === provider.service_type)
    if (provider.default && same.some((other) => other.default)) {
      throw new Error(`Multiple default providers for service ${provider.service_type}`)
    }
    if (same.some(({ name }) => name === provider.name)) {
      throw new Error(`Multiple providers specified for service ${provider.service_type}`)
    }
    const served = builtIn.filter(({ service_type }) => service_type === provider.service_type)
    if (served.length > 0 && !served.some(({ driver }) => driver === provider.driver)) {
      throw new Error(`there is no driver ${provider.driver} for ${provider.service_type}`)
    }
    all.push(provider)
  }
  const free = builtIn.filter(
    (one) =>
      !all.some(
        ({ driver, name, service_type }) =>
          driver === one.driver || (service_type === one.service_type && name === one.name),
      ),
  )
  return [...all, ...free]
}

function parseProvider(text: string): Provider {
  const [service_type, name, driver, mark = ''] = text.split(':')
  if (service_type === undefined || name === undefined || driver === undefined) {
    throw new Error('Invalid service provider format')
  }
  if (name.length > NAME_MAX) throw new Error(`Provider name ${name} is limited by ${NAME_MAX} characters`)
  if (mark !== '' && mark !== 'default') {
    throw new Error(`Invalid provider format. Last part should be 'default' or empty: ${text}`)
  }
  return { service_type, name: name.toLowerCase(), driver, default: mark === 'default' }
}
