/** Whether the configuration was read, and what in it has no effect: a typing error stays silent otherwise. */
import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import type { Site, Warning } from '#doctor/site.ts'

const NAMED_MAX = 6

export const configuration: readonly Check[] = [
  {
    area: 'configuration',
    subject: 'files',
    why: 'Processes that read no file run with defaults; those that read a bad one do not start.',
    check: async (site) => files(site),
  },
  {
    area: 'configuration',
    subject: 'options',
    why: 'What nobody reads has no effect: a typing error leaves the default in force.',
    check: async ({ warnings }) => options(warnings),
  },
  {
    area: 'configuration',
    subject: 'host',
    why: 'Ports are bound by this name: it has to be the same for all agents of a host, and for Nova.',
    check: ({ host }) => nameOf(host),
  },
]

function files({ config, refusals, roles }: Site): Verdict | readonly Verdict[] {
  if (refusals.length > 0) return refusals.map((reason) => lacking(reason, undefined, 'whoever wrote that file'))
  if (config.files.length === 0) {
    return lacking(
      'no configuration was found in /etc/neutron; only the machine was asked',
      'neutron doctor --config-file FILE   (or --state DIR for ./neutrino up)',
    )
  }
  const names = config.files.map((file) => (file.startsWith('/etc/neutron/') ? basename(file) : file))
  return good(`${names.join(', ')}: for ${[...roles].join(', ') || 'no process of this host'}`)
}

/** What the reading warned about, by kind. Pure. */
export function options(warnings: readonly Warning[]): readonly Verdict[] {
  const named = (...events: readonly string[]) =>
    warnings
      .filter(({ event }) => events.includes(event))
      .map(({ fields }) => `[${fields.section}]${fields.option ? ` ${fields.option}` : ''}`)
  const unread = named('unknown option', 'unknown section')
  const inert = named('option without effect')
  const old = warnings.filter(({ event }) => event === 'deprecated option').map(({ fields }) => String(fields.text))
  const verdicts: Verdict[] = []
  if (unread.length > 0) verdicts.push({ ...note(`nobody reads ${listed(unread)}`), subject: 'unknown options' })
  if (inert.length > 0) {
    verdicts.push({ ...note(`without effect in this release: ${listed(inert)}`), subject: 'inert options' })
  }
  if (old.length > 0) verdicts.push({ ...note(listed(old)), subject: 'old names' })
  return verdicts.length > 0 ? verdicts : [good('every option that is set is read')]
}

/** The first of them, and how many more there are. Pure. */
export function listed(names: readonly string[]): string {
  const more = names.length - NAMED_MAX
  return names.slice(0, NAMED_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

async function nameOf(host: string): Promise<Verdict> {
  const own = hostname()
  const named = host === own ? host : `${host} (the machine calls itself ${own})`
  try {
    const { address } = await lookup(host)
    return good(`${named}, which is ${address}`)
  } catch {
    return note(`${named}: no address is known by that name`, `echo '<address> ${host}' | sudo tee -a /etc/hosts`)
  }
}
