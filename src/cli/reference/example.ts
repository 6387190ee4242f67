/** A command line that a command takes: what it requires and, to change something, one thing more. Pure. */
import type { Argument } from '#cli/command.ts'
import { plainName } from '#cli/shell/complete.ts'

/** What stands for a word of that kind; for those that are not here, the kind itself, in capitals. */
const ID = '7c4f7f66-0f3a-4a5c-9d2b-4f4f0e2f6a01'
const WORDS: Readonly<Record<string, string>> = {
  agent: ID,
  dhcp_agent: ID,
  l3_agent: ID,
  network: 'blue',
  external_network: 'public',
  floating_network: 'public',
  subnet: 'blue-subnet',
  port: 'web-port',
  router: 'edge',
  security_group: 'web',
  subnetpool: 'pool',
  address_scope: 'scope',
  address_group: 'partners',
  name: 'new-name',
  binding: 'compute-1',
  host: 'compute-1',
  floatingip: ID,
  port_forwarding: ID,
  rbac_policy: ID,
  default_security_group_rule: ID,
  security_group_rule: ID,
  security_groups_default_statefulness: ID,
  service_profile: ID,
  flavor_profile: ID,
  internal_ip_address: '10.20.0.5',
  service_type: 'L3_ROUTER_NAT',
  extension: 'router',
  network_type: 'vxlan',
  prefixes: '10.0.0.0/8',
  pool_prefix: '10.0.0.0/8',
  address: '192.0.2.0/24',
  cidr: '10.20.0.0/24',
  description: 'text',
}
/** Tried where the word above is not one the argument takes. */
const OTHERS = ['1', '10.20.0.0/24', 'key=value', 'True', 'start=10.20.0.10,end=10.20.0.20', 'text']
const TELLING = /^--(name|description|admin-state-up|dns-nameserver)$/

/** Said better than the arguments can. */
const WHOLE: Readonly<Record<string, string>> = {
  'quota-update': '--network 20 --port 100',
  'rbac-create': '--type network --action access_as_shared --target-tenant PROJECT_ID blue',
  'rbac-update': `${ID} --target-tenant PROJECT_ID`,
  'router-interface-add': 'edge blue-subnet',
  'router-interface-delete': 'edge blue-subnet',
  'router-route-add': 'edge --route destination=10.30.0.0/24,nexthop=10.20.0.5',
  'router-route-remove': 'edge --route destination=10.30.0.0/24,nexthop=10.20.0.5',
  'security-group-rule-create': '--direction ingress --protocol tcp --port-range-min 80 --port-range-max 80 web',
  'subnet-create': '--name blue-subnet blue 10.20.0.0/24',
  'tag-add': '--resource-type network --resource blue --tag gold',
  'tag-remove': '--resource-type network --resource blue --tag gold',
  'tag-replace': '--resource-type network --resource blue --tag gold',
}

/** The words behind the command's name. */
export function exampleOf(command: string, known: readonly Argument[], takesValues: boolean): string[] {
  const whole = WHOLE[command]
  if (whole !== undefined) return whole.split(' ')
  const positionals = known.filter(({ flags, nargs }) => flags === undefined && nargs !== '?' && nargs !== '*')
  const required = known.filter((argument) => argument.flags !== undefined && isRequired(argument))
  const words = [
    ...required.flatMap((option) => [flagOf(option), ...valuesOf(option)]),
    ...positionals.flatMap((positional) => valuesOf(positional)),
  ]
  if (!/-(update|set)$/.test(command) || required.length > 0) return words
  const telling = known.find(({ flags = [], help }) => help !== undefined && flags.some((flag) => TELLING.test(flag)))
  if (telling) return [...words, flagOf(telling), ...valuesOf(telling)]
  return takesValues ? [...words, '--name', 'new-name'] : words
}

function isRequired(argument: Argument): boolean {
  return argument.required === true
}

function flagOf({ flags = [] }: Argument): string {
  return flags.find((flag) => flag.startsWith('--')) ?? flags[0] ?? ''
}

function valuesOf(argument: Argument): string[] {
  if (argument.action !== undefined && argument.action !== 'store' && argument.action !== 'append') return []
  const count = typeof argument.nargs === 'number' ? argument.nargs : 1
  return Array<string>(count).fill(wordFor(argument))
}

function wordFor(argument: Argument): string {
  if (argument.choices?.[0] !== undefined) return String(argument.choices[0])
  if (argument.type === 'integer' || argument.type === 'float') return '1'
  const kinds = [argument.metavar ?? '', argument.name].map(plainName)
  const word =
    kinds.map((kind) => WORDS[kind]).find((known) => known !== undefined) ?? (kinds[0] || kinds[1]!).toUpperCase()
  return [word, ...OTHERS].find((each) => takes(argument, each)) ?? word
}

function takes({ type }: Argument, word: string): boolean {
  if (typeof type !== 'function') return true
  try {
    type(word)
    return true
  } catch {
    return false
  }
}
