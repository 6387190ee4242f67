import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { openClient } from '#lab/api-client.ts'
import { oneHost, ownHost, sweep, temporaryState } from './one-host.ts'

ownHost()
const state = temporaryState()
let service = await oneHost(state)
const api = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
const count = () => {
  try {
    return readdirSync(`${state}/lib/dhcp`).filter((d) => existsSync(`${state}/lib/dhcp/${d}/loaded`)).length
  } catch {
    return 0
  }
}
const wait = async (n: number) => {
  while (count() < n) await new Promise((r) => setTimeout(r, 10))
}
const n0 = await api.create('networks', { name: 'n' })
for (let i = 0; i < 3; i++) {
  const n = await api.create('networks', { name: 'n' })
  const t = performance.now(); console.log(Date.now() % 100000, 'POST')
  await api.create('subnets', { network_id: n.id!, ip_version: 4, cidr: '10.1.0.0/24' })
  await wait(i + 1)
  console.log('subnet create → dnsmasq', (performance.now() - t).toFixed(0))
}
let t = performance.now()
const N = 50
await Promise.all(
  Array.from({ length: N }, async (_, i) => {
    const n = await api.create('networks', { name: `n${i}` })
    await api.create('subnets', { network_id: n.id!, ip_version: 4, cidr: '10.1.0.0/24' })
  }),
)
console.log('made', (performance.now() - t).toFixed(0))
await wait(N + 3)
console.log('50 networks → dnsmasq', (performance.now() - t).toFixed(0))
await service.end('SIGKILL')
const before = readFileSync(`${state}/neutrino.log`, 'utf8').length
t = performance.now()
service = await oneHost(state)
console.log('restarted', (performance.now() - t).toFixed(0))
console.log(
  readFileSync(`${state}/neutrino.log`, 'utf8')
    .slice(before)
    .split('\n')
    .filter((l) => /reconcil|WARN|ERR/.test(l))
    .map((l) => l.slice(0, 300))
    .slice(0, 10)
    .join('\n'),
)
await service.end('SIGTERM')
await sweep(state)
