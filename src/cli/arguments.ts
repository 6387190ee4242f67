/**
 * Arguments that many commands share, and what becomes of them in a body. Data and pure functions.
 * Source: neutronclient 8.1's options; what they mean is said in our own words.
 */
import type { Json, JsonObject } from '#base/json.ts'
import type { Argument, Call } from './command.ts'

/** `--shared {True,False}`: sent as it is written. */
export function booleanArgument(flag: string, help: string, more: Partial<Argument> = {}): Argument {
  return {
    flags: [flag],
    name: flag.replace(/^--/, '').replaceAll('-', '_'),
    metavar: '{True,False}',
    choices: ['True', 'true', 'False', 'false'],
    help,
    ...more,
  }
}

/** `--name`: an option that takes a word, its value under the same name with underscores. */
export function option(flag: string, help?: string, more: Partial<Argument> = {}): Argument {
  const name = flag.replace(/^--/, '').replaceAll('-', '_')
  return { flags: [flag], name, ...(help !== undefined && { help }), ...more }
}

/** A switch: true where it is given. */
export function flag(name: string, help?: string, more: Partial<Argument> = {}): Argument {
  return option(name, help, { action: 'true', ...more })
}

/** An option with its old spelling, underscores for dashes, that help does not show. */
export function withOld(argument: Argument): Argument[] {
  const { help: _, ...hidden } = argument
  const old = (argument.flags ?? []).filter((flag) => flag.startsWith('--')).map((flag) => `--${underscored(flag)}`)
  return [argument, { ...hidden, flags: old }]
}

const underscored = (flag: string): string => flag.slice(2).replaceAll('-', '_')

/** What is given of these arguments, under their names. */
export function given(args: Call['args'], names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const value = args[name]
      return value === undefined || value === null ? [] : [[name, value]]
    }),
  )
}

const TAG_FILTERS = {
  '--tags': 'List the %s that have all of these tags: --tags <tag[,tag...]>',
  '--tags-any': 'List the %s that have any of these tags: --tags-any <tag[,tag...]>',
  '--not-tags': 'List the %s that do not have all of these tags: --not-tags <tag[,tag...]>',
  '--not-tags-any': 'List the %s that have none of these tags: --not-tags-any <tag[,tag...]>',
}

/** The four filters by tags; sent with dashes. */
export function tagFilters(collection: string): Argument[] {
  return Object.entries(TAG_FILTERS).map(([flag, help]) =>
    option(flag, help.replace('%s', collection), { metavar: 'TAG' }),
  )
}

/** Filters that many lists have: of the owner, by name, by the administrative state. */
export const commonFilters = {
  tenant: (collection: string) => option('--tenant-id', `List the ${collection} of this tenant.`),
  name: (collection: string) => option('--name', `List the ${collection} of this name.`),
  adminStateUp: (collection: string) =>
    booleanArgument('--admin-state-up', `List the ${collection} whose administrative state is up, or down.`),
}

export function availabilityZoneHint(resource: string): Argument {
  return option(
    '--availability-zone-hint',
    `Availability zone for the ${resource} (needs the availability zone extension; can be repeated).`,
    { name: 'availability_zone_hints', metavar: 'AVAILABILITY_ZONE', action: 'append' },
  )
}

/** `--dns-name`, `--dns-domain`. */
export function dnsCreate(resource: string, attribute: 'name' | 'domain'): Argument {
  return option(
    `--dns-${attribute}`,
    `Give the ${resource} this DNS ${attribute} (needs the DNS integration extension).`,
  )
}

export function dnsUpdate(resource: string, attribute: 'name' | 'domain'): Argument[] {
  const exclusive = `dns ${attribute}`
  return [
    { ...dnsCreate(resource, attribute), exclusive },
    flag(
      `--no-dns-${attribute}`,
      `Take the DNS ${attribute} from the ${resource} (needs the DNS integration extension).`,
      {
        exclusive,
      },
    ),
  ]
}

/** The body's part for `dnsCreate` and `dnsUpdate`. */
export function dnsBody(args: Call['args'], attribute: 'name' | 'domain'): JsonObject {
  const value = args[`dns_${attribute}`]
  return {
    ...(value ? { [`dns_${attribute}`]: value } : {}),
    ...(args[`no_dns_${attribute}`] ? { [`dns_${attribute}`]: '' } : {}),
  }
}

export const qosPolicyCreate: Argument = option('--qos-policy', 'QoS policy of the resource, by ID or name.', {
  exclusive: 'qos policy',
})

export const qosPolicyUpdate: readonly Argument[] = [
  qosPolicyCreate,
  flag('--no-qos-policy', 'Detach the QoS policy from the resource.', { exclusive: 'qos policy' }),
]
