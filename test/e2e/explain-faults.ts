/**
 * A whole host of separate processes for faults that stay: heartbeats every second, agents dead after six, a DHCP
 * agent that does not look around by itself, and a dnsmasq that refuses to start while a file is there.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { sleep } from '#base/lifetime.ts'
import type { Explanation, Step, StepName } from '#extensions/explanation/contract.ts'
import type { ApiClient } from '#lab/api-client.ts'
import { type NovaMetadata, startNovaMetadata } from '#lab/nova-metadata.ts'

const WAIT_MS_MAX = 30_000
const LOOK_MS = 100

/** Changes options in the files that `neutron up` has written below that state. */
export function configure(state: string): void {
  edit(`${state}/etc/neutron.conf`, (text) =>
    text.replace('[DEFAULT]', '[DEFAULT]\nagent_down_time = 6').replace('report_interval = 10', 'report_interval = 1'),
  )
  edit(`${state}/etc/ml2_conf.ini`, (text) => text.replace('public:100:199', 'public:100:199,far:1:9'))
  edit(`${state}/etc/dhcp_agent.ini`, (text) => text.replace('[DEFAULT]', '[DEFAULT]\nresync_interval = 3600'))
}

/** Another secret for the metadata agent, or the right one again. */
export function setSecret(state: string, secret: string): void {
  edit(`${state}/etc/metadata_agent.ini`, (text) =>
    text.replace(/(metadata_proxy_shared_secret = ).*/, `$1${secret.replaceAll('$', '$$$$')}`),
  )
}

export function secretOf(state: string): string {
  return (JSON.parse(readFileSync(`${state}/etc/secrets.json`, 'utf8')) as { metadata: string }).metadata
}

function edit(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, 'utf8')
  const changed = change(text)
  if (changed === text) throw new Error(`${file} is not as expected:\n${text}`)
  writeFileSync(file, changed)
}

/** The stand-in for Nova, which `neutrino up` runs in its own process. */
export function startNova(state: string): Promise<NovaMetadata> {
  const { novaPort } = JSON.parse(readFileSync(`${state}/one-host.json`, 'utf8')) as { novaPort: number }
  return startNovaMetadata({ port: novaPort, secret: secretOf(state), instances: `${state}/instances` })
}

/** Before the real one on the PATH of what is started from now on. Answers how to forbid and allow its start. */
export function stubbornDnsmasq(state: string): { forbid(): void; allow(): void } {
  const [folder, flag] = [`${state}/bin`, `${state}/no-dnsmasq`]
  mkdirSync(folder)
  const script = `#!/bin/bash
if [ -e ${flag} ]; then echo 'dnsmasq: cannot start: told so by a test' >&2; exit 2; fi
exec -a dnsmasq /usr/sbin/dnsmasq "$@"
`
  writeFileSync(`${folder}/dnsmasq`, script)
  chmodSync(`${folder}/dnsmasq`, 0o755)
  process.env.PATH = `${folder}:${process.env.PATH}`
  return { forbid: () => writeFileSync(flag, ''), allow: () => rmSync(flag, { force: true }) }
}

export type Story = Explanation & { of(name: StepName): Step }

export async function explain(api: ApiClient, id: string, collection = 'ports'): Promise<Story> {
  const path = `/v2.0/${collection}/${id}/explanation`
  const { explanation } = await api.get<{ explanation: Explanation }>(path)
  return { ...explanation, of: (name) => explanation.steps.find(({ step }) => step === name)! }
}

/** Asks until it holds of the answer. @throws with the last answer when it never does. */
export async function explained(
  api: ApiClient,
  id: string,
  what: string,
  holds: (story: Story) => boolean,
  collection = 'ports',
): Promise<Story> {
  for (const late = performance.now() + WAIT_MS_MAX; ; await sleep(LOOK_MS)) {
    const story = await explain(api, id, collection)
    if (holds(story)) return story
    if (performance.now() > late) {
      const seen = story.steps.map(({ step, state, evidence }) => `${step} ${state}: ${evidence}`).join('\n')
      throw new Error(`never: ${what}\n${seen}`)
    }
  }
}
