/**
 * `subnet_allocation` as data: subnet pools, default pools, and changing a pool's prefixes.
 * Source: Networking API v2.0, "Subnet pools", "Subnet pool prefix operations".
 */
import { formatCidr, formatIp, parseCidr, parseIp } from '#base/ip.ts'
import type { Json } from '#base/json.ts'
import { defineExtension, identity, Refusal, standard, tagged } from '#resource/definition.ts'
import { compileType, said } from '#resource/types.ts'

const toName = compileType('name')
const length = { type: { integer: { min: 0 } }, allow: 'post put', optional: true, query: 'filter sort' } as const

/** Shown as text, by tradition. */
const prefixLength = { ...length, shown: 'string' } as const

export const toPrefixes = compileType({ list: { check: prefix }, unique: true })

export default defineExtension({
  alias: 'subnet_allocation',
  name: 'Subnet Allocation',
  description: 'Enables allocation of subnets from a subnet pool',
  updated: '2015-03-30T10:00:00-00:00',
  requires: ['network', 'subnet'],

  resources: [
    {
      name: 'subnetpool',
      collection: 'subnetpools',
      notFound: { type: 'SubnetPoolNotFound', text: 'Subnet pool %(id)s could not be found.' },
      quota: { default: -1 },
      attributes: {
        ...identity,
        name: { type: { check: name, as: 'name' }, allow: 'post put', query: 'filter sort' },
        ...standard,
        ...tagged,
        prefixes: {
          type: { check: toPrefixes, as: { list: 'cidr' } },
          allow: 'post put',
          help: 'What subnets are cut from; compacted.',
        },
        default_quota: { ...length, help: 'How much a project may have, in /32 or /64; zero: no limit.' },
        ip_version: { type: 'integer', query: 'filter sort' },
        default_prefixlen: prefixLength,
        min_prefixlen: prefixLength,
        max_prefixlen: prefixLength,
        is_default: {
          type: 'boolean',
          allow: 'post put',
          default: false,
          query: 'filter sort',
          policy: 'enforce',
          help: 'Whether it is the pool of its IP version for those who name none.',
        },
        shared: {
          type: 'boolean',
          allow: 'post',
          default: false,
          query: 'filter sort',
          policy: 'enforce',
          granted: { object: 'subnetpool', action: 'access_as_shared' },
        },
      },
      actions: [
        { name: 'add_prefixes', help: 'Adds prefixes; answers all of them.' },
        {
          name: 'onboard_network_subnets',
          help: "Takes a network's subnets of the pool's IP version into the pool; answers them.",
          answer: { list: { dict: { id: { type: 'uuid', required: true }, cidr: { type: 'cidr', required: true } } } },
        },
        { name: 'remove_prefixes', help: 'Takes prefixes away that no subnet uses; answers those that stay.' },
      ],
    },
  ],
  extends: {
    subnet: { use_default_subnetpool: { type: 'boolean', allow: 'post', default: false, hidden: true } },
  },
  announces: [
    {
      alias: 'default-subnetpools',
      name: 'Default Subnetpools',
      description: 'Provides ability to mark and use a subnetpool as the default.',
      updated: '2016-02-18T18:00:00-00:00',
    },
    {
      alias: 'subnet_onboard',
      name: 'Subnet Onboard',
      description: 'Provides support for onboarding subnets into subnet pools',
      updated: '2018-12-18T09:00:00-00:00',
    },
    {
      alias: 'subnetpool-prefix-ops',
      name: 'Subnet Pool Prefix Operations',
      description: 'Provides support for adjusting the prefix list of subnet pools',
      updated: '2019-02-08T10:00:00-00:00',
    },
  ],
})

function name(value: Json): Json {
  const text = toName(value) as string
  if (text.trim() === '') throw new Refusal(`'${text}' Blank strings are not permitted`)
  return text
}

function prefix(value: Json): Json {
  const alone = typeof value === 'string' ? parseIp(value) : null
  if (alone !== null) {
    const whole = `${formatIp(alone.version, alone.value)}/${alone.version === 4 ? 32 : 128}`
    throw new Refusal(`'${said(value)}' isn't a recognized IP subnet cidr, '${whole}' is recommended`)
  }
  const cidr = typeof value === 'string' && value.includes('/') ? parseCidr(value) : null
  if (cidr === null) throw new Refusal(`'${said(value)}' is not a valid IP subnet`)
  return formatCidr(cidr)
}
