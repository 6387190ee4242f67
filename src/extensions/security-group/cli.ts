/**
 * Security groups and their rules on the command line: rules in words for people, names of groups for their ids.
 * Source: neutronclient 8.1's commands of security groups.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { flag, given, option, withOld } from '#cli/arguments.ts'
import { type Call, defineCli, type ListFace, type Query } from '#cli/command.ts'
import { findId } from '#cli/find.ts'
import { lower } from '#cli/types.ts'

/** Ids in one request: a request's line has room for some 8 KiB, `id=<uuid>&` takes 40 of them. */
const GROUPS_AT_ONCE = 150

/** Columns that hold a group's id, as they are titled when they show its name. */
const TITLES: { readonly [column: string]: string } = {
  security_group_id: 'security_group',
  remote_group_id: 'remote_group',
}

/** Columns made of others. */
const MADE: { readonly [column: string]: { readonly of: readonly string[]; text(rule: JsonObject): string | null } } = {
  remote: { of: ['remote_ip_prefix', 'remote_group_id'], text: remoteText },
  'port/protocol': { of: ['protocol', 'port_range_min', 'port_range_max'], text: portText },
  // An old spelling of the same.
  'protocol/port': { of: ['protocol', 'port_range_min', 'port_range_max'], text: portText },
}

/** `10.0.0.0/8 (CIDR)`, `<id> (group)`; null: anybody. Pure. */
export function remoteText({ remote_ip_prefix: prefix, remote_group_id: group }: JsonObject): string | null {
  if (prefix) return `${prefix} (CIDR)`
  return group ? `${group} (group)` : null
}

/** `80/tcp`, `icmp (type:8, code:0)`; null: any protocol. Pure. */
export function portText({ protocol, port_range_min: min, port_range_max: max }: JsonObject): string | null {
  if (protocol === 'tcp' || protocol === 'udp') {
    if (!min) return protocol
    return min === max ? `${min}/${protocol}` : `${min}-${max}/${protocol}`
  }
  if (protocol === 'icmp') {
    const details = [...(min === null ? [] : [`type:${min}`]), ...(max === null ? [] : [`code:${max}`])]
    return details.length > 0 ? `icmp (${details.join(', ')})` : 'icmp'
  }
  return protocol === null ? null : String(protocol)
}

/** A rule in a line: `ingress, IPv4, 80/tcp, remote_ip_prefix: 0.0.0.0/0`. */
export function ruleText(rule: JsonObject): string {
  const named = (name: string) => (rule[name] ? `${name}: ${rule[name]}` : null)
  const parts = [rule.direction, rule.ethertype, portText(rule), named('remote_ip_prefix'), named('remote_group_id')]
  return parts.filter(Boolean).join(', ')
}

function rulesText({ security_group_rules: rules }: JsonObject): string {
  if (!Array.isArray(rules)) return ''
  return rules
    .map((rule: Json) => ruleText(rule as JsonObject))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .join('\n')
}

/** What the server is asked for, where columns are asked for that it does not have. */
function serverFields({ args }: Call): Query {
  const asked = args.fields as readonly string[] | undefined
  if (!asked?.length) return {}
  const titles = new Map(Object.entries(TITLES).map(([column, title]) => [title, column]))
  const plain = asked.map((field) => titles.get(field) ?? field)
  const made = Object.entries(MADE).filter(([column]) => plain.includes(column))
  const columns = plain.filter((field) => !made.some(([column]) => column === field))
  return { fields: [...columns, ...made.flatMap(([, { of }]) => of)] }
}

async function describeRules(rules: JsonObject[], call: Call): Promise<JsonObject[]> {
  const names = call.args.no_nameconv ? new Map<Json, Json>() : await groupNames(rules, call)
  return rules.map((rule) => {
    const named: Record<string, Json> = { ...rule }
    for (const column of Object.keys(TITLES)) {
      if (column in rule) named[column] = names.get(rule[column]!) ?? rule[column]!
    }
    for (const [column, { of, text }] of Object.entries(MADE)) {
      if (of.every((each) => each in named)) named[column] = text(named) ?? 'any'
    }
    return named
  })
}

/** Names by id, of the groups that have one; for all rules together. */
async function groupNames(rules: readonly JsonObject[], { client, args }: Call): Promise<ReadonlyMap<Json, Json>> {
  const ids = [...new Set(rules.flatMap((rule) => Object.keys(TITLES).flatMap((column) => rule[column] || [])))]
  const names = new Map<Json, Json>()
  for (let from = 0; from < ids.length; from += GROUPS_AT_ONCE) {
    const query = {
      fields: ['id', 'name'],
      ...(args.page_size ? { limit: args.page_size } : {}),
      id: ids.slice(from, from + GROUPS_AT_ONCE),
    }
    for (const { id, name } of await client.list('/security-groups', query)) if (name) names.set(id!, name)
  }
  return names
}

const ruleList: ListFace = {
  summary: 'List security group rules.',
  columns: ['id', 'security_group_id', 'direction', 'ethertype', 'port/protocol', 'remote'],
  arguments: [flag('--no-nameconv', 'Show the IDs of security groups, not their names.')],
  headers: { titles: TITLES, shown: ({ args }) => !args.no_nameconv },
  query: serverFields,
  extend: describeRules,
}

export default defineCli({
  resources: {
    security_group: {
      list: {
        summary: 'List security groups.',
        columns: ['id', 'name', 'security_group_rules'],
        formatters: { security_group_rules: rulesText },
      },
      show: { indent: 5 },
      create: {
        arguments: [
          { name: 'name', metavar: 'NAME', help: 'Name of the security group.' },
          option('--description', 'Description of the security group.'),
        ],
      },
      update: {
        arguments: [
          option('--name', 'New name of the security group.'),
          option('--description', 'New description of the security group.'),
        ],
      },
    },
    security_group_rule: {
      names: false,
      list: ruleList,
      create: {
        arguments: [
          option('--description', 'Description of the rule.'),
          {
            name: 'security_group_id',
            metavar: 'SECURITY_GROUP',
            help: 'ID or name of the security group that the rule belongs to.',
          },
          option('--direction', 'Direction of traffic: ingress or egress.', {
            type: lower,
            default: 'ingress',
            choices: ['ingress', 'egress'],
          }),
          option('--ethertype', 'IPv4 or IPv6.'),
          option('--protocol', 'Protocol of packets: icmp, icmpv6, tcp, udp, or a number from 0 to 255.', {
            type: lower,
          }),
          ...withOld(option('--port-range-min', 'First port of the range. Of ICMP: the type.')),
          ...withOld(option('--port-range-max', 'Last port of the range. Of ICMP: the code.')),
          ...withOld(option('--remote-ip-prefix', 'Addresses of the other side, as a CIDR.')),
          ...withOld(
            option('--remote-group-id', 'ID or name of the security group of the other side.', {
              metavar: 'REMOTE_GROUP',
            }),
          ),
        ],
        body: ruleBody,
      },
      update: false,
    },
  },
})

async function ruleBody(call: Call): Promise<JsonObject> {
  const { args } = call
  const { security_group_id: group, remote_group_id: remote } = args
  return {
    security_group_id: await findId(call, 'security_group', String(group)),
    direction: args.direction ?? 'ingress',
    ethertype: args.ethertype || (args.protocol === 'icmpv6' ? 'IPv6' : 'IPv4'),
    ...given(args, ['protocol', 'port_range_min', 'port_range_max', 'remote_ip_prefix', 'tenant_id', 'description']),
    ...(remote ? { remote_group_id: await findId(call, 'security_group', String(remote)) } : {}),
  }
}
