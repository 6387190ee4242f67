/**
 * Which command the first words of a line mean: by its whole name, or by the beginning of just one. Pure.
 * Source: cliff's lookup of commands, and its message.
 */
import { CliError } from './errors.ts'
import { quoted } from './types.ts'

/** Commands of the command line itself. */
const OWN: readonly string[] = ['help', 'bash-completion', 'complete']

export interface Names {
  names(): string[]
  has(name: string): boolean
}

export interface FoundCommand {
  readonly name: string
  /** As it was written, maybe shorter. */
  readonly typed: string
  readonly rest: readonly string[]
}

export class UnknownCommand extends CliError {
  override name = 'UnknownCommand'
  readonly words: readonly string[]

  constructor(words: readonly string[], reason = '') {
    super(`Unknown command [${words.map(quoted).join(', ')}]${reason}`)
    this.words = words
  }
}

/** How commands begin that upstream's last release has, and that are there once the server has what they are about. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  'bgp-': 'BGP speakers',
  'firewall-': 'firewalls',
  'ipsec-': 'VPN services',
  'lb-': 'load balancers',
  'lbaas-': 'load balancers',
  'meter-': 'metering',
  'qos-': 'QoS policies',
  'vpn-': 'VPN services',
}

function whyAbsent([word = '']: readonly string[], commands: Names): string {
  const [beginning, what] = Object.entries(BEGINNINGS).find(([start]) => word.startsWith(start)) ?? []
  if (beginning === undefined || commands.names().some((name) => name.startsWith(beginning))) return ''
  return `: this server has no ${what}`
}

/** The longest that matches wins. @throws UnknownCommand. */
export function findCommand(words: readonly string[], commands: Names): FoundCommand {
  const option = words.findIndex((word) => word.startsWith('-'))
  for (let end = option < 0 ? words.length : option; end > 0; end -= 1) {
    const typed = words.slice(0, end).join(' ')
    const rest = words.slice(end)
    if (commands.has(typed) || OWN.includes(typed)) return { name: typed, typed, rest }
    const [candidate, ...more] = abbreviated(words.slice(0, end), commands)
    if (candidate !== undefined && more.length === 0) return { name: candidate, typed, rest }
  }
  throw new UnknownCommand(words, whyAbsent(words, commands))
}

/** Commands that begin so, for `neutron help net`. Sorted. */
export function helpMatches(start: string, commands: Names): string[] {
  return [...commands.names(), ...OWN].filter((name) => name.startsWith(start)).sort()
}

function abbreviated(words: readonly string[], commands: Names): string[] {
  return [...commands.names(), ...OWN].filter((name) => {
    const parts = name.split(' ')
    return parts.length === words.length && parts.every((part, index) => part.startsWith(words[index]!))
  })
}
