/** Writes etc/neutron/* and docs/reference/options.md from the declared options. `node scripts/sample-config.ts` */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { discoverOptions } from '#config/discover.ts'
import { renderReference, renderSample, samplesOf } from '#config/sample.ts'

const ROOT = resolve(import.meta.dirname, '..')

function write(path: string, text: string): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true })
  writeFileSync(join(ROOT, path), text)
  process.stdout.write(`${path}\n`)
}

const samples = samplesOf(await discoverOptions())
for (const sample of samples) write(`etc/neutron/${sample.path}`, renderSample(sample))
write('docs/reference/options.md', renderReference(samples))
