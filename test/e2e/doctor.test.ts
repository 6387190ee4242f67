import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { type Closeable, sleep } from '#base/lifetime.ts'

import { examineHost } from '#cmd/doctor.ts'
import { catalogue } from '#doctor/catalogue.ts'
import type { Examination } from '#doctor/examine.ts'
import type { Area, Finding } from '#doctor/finding.ts'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { startNovaMetadata } from '#lab/nova-metadata.ts'
import { processesMentioning } from '#lab/processes.ts'
import { run } from '#linux/command.ts'
import { listNetns } from '#linux/netns.ts'
import { neutrino as launch, oneHost, outcomeOf, ownHost, sweep, temporaryState } from './one-host.ts'
import { type Agent, SeparateProcesses } from './separate.ts'

ownHost()

const NOVA_PORT = 5001
const WAIT_MS_MAX = 30_000

const state = temporaryState()
const processes = new SeparateProcesses(state)
const host = hostname()
let nova: Closeable
let api: ApiClient
let network: string
let router: string
let instance: { port_id: string; netns: string }

const command = (...argv: string[]) => run(argv, { timeoutMs: 15_000 })
const neutron = (...words: string[]) => outcomeOf(words, 'neutron')
const vsctl = (...words: string[]) => command('ovs-vsctl', '--timeout=10', ...words)
const ofctl = (...words: string[]) => command('ovs-ofctl', '-O', 'OpenFlow13', ...words)
const secret = () => (JSON.parse(readFileSync(`${state}/etc/secrets.json`, 'utf8')) as { metadata: string }).metadata
const option = (name: string) =>
  new RegExp(`^${name} = (.*)$`, 'm').exec(readFileSync(`${state}/etc/openvswitch_agent.ini`, 'utf8'))![1]!

/** What the doctor says of these areas; `own`: text of a configuration file read last. */
async function examined(areas: readonly Area[], own = ''): Promise<Examination> {
  writeFileSync(`${state}/own.conf`, own)
  const asked = { configFiles: [`${state}/own.conf`], configDirs: [], state, areas }
  return await examineHost(asked, catalogue, AbortSignal.timeout(60_000))
}

async function lackings(areas: readonly Area[], own = ''): Promise<Finding[]> {
  const { findings } = await examined(areas, own)
  return findings.filter((finding) => finding.state === 'lacking')
}

/** The one thing that is lacking, whose subject and evidence are these. */
async function names(area: Area, subject: string | RegExp, evidence: RegExp, own = ''): Promise<Finding> {
  const found = await lackings([area], own)
  const [finding] = found
  assert.equal(found.length, 1, JSON.stringify(found, null, 1))
  if (typeof subject === 'string') assert.equal(finding!.subject, subject)
  else assert.match(finding!.subject, subject)
  assert.match(finding!.evidence, evidence)
  assert.ok(finding!.why.endsWith('.'), finding!.why)
  return finding!
}

async function isWell(...areas: Area[]): Promise<void> {
  for (const late = performance.now() + WAIT_MS_MAX; ; await sleep(200)) {
    const { findings } = await examined(areas)
    const wrong = findings.filter((finding) => finding.state === 'lacking' || finding.state === 'unknown')
    if (wrong.length === 0) return
    if (performance.now() > late) assert.deepEqual(wrong, [])
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const late = performance.now() + WAIT_MS_MAX; !holds(); await sleep(10)) assert.ok(performance.now() < late)
}

/** Plants a fault while that agent is dead, so that it is not mended at once; starts the agent again at the end. */
async function without(agent: Agent, plantAndLook: () => Promise<void>): Promise<void> {
  await processes.kill([agent])
  await plantAndLook()
  await processes.start([agent])
}

function sql(statement: string, ...values: string[]): void {
  const database = new DatabaseSync(`${state}/neutrino.db`)
  database.exec('PRAGMA busy_timeout = 10000')
  database.prepare(statement).run(...values)
  database.close()
}

before(async () => {
  const up = await oneHost(state) // writes the configuration and the first users
  await up.end('SIGTERM')
  await processes.startAll()
  nova = await startNovaMetadata({ port: NOVA_PORT, secret: secret(), instances: `${state}/instances` })
  api = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  network = String((await api.create('networks', { name: 'n' })).id)
  const subnet = await api.create('subnets', { network_id: network, ip_version: 4, cidr: '10.40.0.0/24' })
  router = String((await api.create('routers', { name: 'r' })).id)
  await api.put(`/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet.id! })
  await launch(['instance', 'boot', 'one', '--network', 'n', '--state', state])
  instance = JSON.parse(readFileSync(`${state}/instances/one/instance.json`, 'utf8')) as typeof instance
})

after(async () => {
  await nova.close()
  await processes.end()
  await sweep(state)
})

test('a host that is well lacks nothing, each finding has its evidence, and nothing on it is changed', async () => {
  const look = async () => ({
    namespaces: listNetns().sort(),
    switch: await vsctl('show'),
    links: await command('ip', '-o', 'link'),
  })
  await isWell('agents', 'dhcp', 'l3', 'flows')
  const before = await look()
  const { findings } = await examined([])
  assert.deepEqual(
    findings.filter(({ state }) => state === 'lacking' || state === 'unknown'),
    [],
  )
  for (const { subject, evidence, why } of findings) assert.ok(evidence !== '' && why !== '', subject)
  const areas = new Set(findings.map(({ area }) => area))
  assert.equal(areas.size, 13, [...areas].join())
  assert.deepEqual(await look(), before)
})

test('as a command it needs no credentials, prints a list or JSON, and says by its exit code whether something is lacking', async () => {
  const told = await neutron('doctor', '--state', state, '-f', 'json')
  assert.deepEqual({ status: told.status, err: told.err }, { status: 0, err: '' })
  const findings = JSON.parse(told.out) as Finding[]
  assert.deepEqual(Object.keys(findings[0]!), ['area', 'subject', 'state', 'evidence', 'why', 'mend', 'owes'])

  const some = await neutron('doctor', 'dhcp', 'l3', '--state', state)
  assert.deepEqual(some, { status: 0, out: 'dhcp  6 good\nl3  3 good\nNothing is lacking.\n', err: '' })
  const all = await neutron('doctor', 'bus', '--all', '--state', state)
  assert.match(all.out, /✔ server on the bus +neutron-server answered after \d+ ms/)

  writeFileSync(`${state}/own.conf`, '[ovs]\nbridge_mappings = moon:br-none\n')
  const wrong = await neutron('doctor', 'switch', '--state', state, '--config-file', `${state}/own.conf`)
  assert.deepEqual([wrong.status, wrong.err], [1, '1 lacking; the commands above mend it.\n'])
  assert.match(
    wrong.out,
    /✖ br-none .*there is no such bridge\n {6}Instances .*\n {6}next step: .*\n {4}ovs-vsctl add-br br-none/,
  )
})

test('the launcher asks the same of an instance by its state', async () => {
  const { status, out, err } = await outcomeOf(['doctor', '--state', state])
  assert.deepEqual({ status, err }, { status: 0, err: '' })
  assert.match(out, new RegExp(`^\nWhat ${state} has and lacks\nhost  \\d+ good\n`))
  assert.match(out, /\nflows {2}1 good\ndhcp {2}6 good\n/)
  assert.match(out, /\n\n {2}Nothing is lacking.\n$/)
})

test('as a command it refuses what it does not know, in a line', async () => {
  const area = await neutron('doctor', 'weather')
  assert.equal(area.status, 2)
  assert.match(area.err, /neutron doctor: error: argument AREA: invalid choice: 'weather'/)
  const never = await neutron('doctor', '--state', '/nowhere')
  assert.deepEqual([never.status, never.err], [1, 'nothing was ever started over /nowhere; see --state\n'])
  const missing = await neutron('doctor', 'dhcp', '--config-file', '/nowhere/dhcp_agent.ini')
  assert.equal(missing.status, 1)
  assert.match(missing.out, /✖ files +\/nowhere\/dhcp_agent.ini: no such configuration file/)
})

test('interrupted or killed in the middle it leaves no switch of its own behind', async () => {
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const temporary = mkdtempSync(join(tmpdir(), 'doctor-'))
    const argv = [join(import.meta.dirname, '../../src/cmd/neutron.ts'), 'doctor', 'switch', '--state', state]
    const child = spawn(process.execPath, argv, { stdio: 'ignore', env: { ...process.env, TMPDIR: temporary } })
    const ended = once(child, 'exit')
    await until(() => processesMentioning(temporary).length >= 2)
    child.kill(signal)
    const [status] = (await ended) as [number | null]
    assert.equal(status, signal === 'SIGINT' ? 130 : null)
    await until(() => processesMentioning(temporary).length === 0)
    if (signal === 'SIGINT') assert.deepEqual(readdirSync(temporary), [])
    rmSync(temporary, { recursive: true, force: true })
  }
})

test('secrets are in nothing it says', async () => {
  const said = JSON.stringify(await examined([]))
  for (const value of Object.values(JSON.parse(readFileSync(`${state}/etc/secrets.json`, 'utf8')) as object)) {
    assert.ok(!said.includes(String(value)))
  }
})

test('a dead agent is named, with when it was last heard of, what is left to it and whose step it is', async () => {
  await without('dhcp', async () => {
    sql(`UPDATE agents SET heartbeat_timestamp = '2020-01-01 00:00:00' WHERE binary = 'neutron-dhcp-agent'`)
    const found = await lackings(['agents'])
    const [process, report] = found
    assert.deepEqual(
      found.map(({ subject }) => subject),
      ['neutron-dhcp-agent', `DHCP agent on ${host}`],
    )
    assert.match(process!.evidence, /does not run on this host/)
    assert.match(report!.evidence, /dead: last heard of 2020-01-01 00:00:00, \d+ days ago; 1 networks are left to it/)
    assert.equal(report!.owes, `neutron-dhcp-agent on ${host}`)
    assert.match(report!.mend!, /systemctl restart neutron-dhcp-agent/)
  })
  await isWell('agents')
})

test('a host from which no agent ever reported is told from those that do', async () => {
  const found = await lackings(['agents'], '[DEFAULT]\nhost = elsewhere\n')
  assert.deepEqual(
    found.map(({ evidence }) => evidence),
    ['openvswitch', 'dhcp', 'l3', 'metadata'].map(
      (agent) => `no neutron-${agent}-agent has ever reported from elsewhere; agents report from ${host}`,
    ),
  )
})

test('a physical network that no living agent reaches is named', async () => {
  const made = await api.create('networks', {
    name: 'far',
    'provider:network_type': 'vlan',
    'provider:physical_network': 'public',
    'provider:segmentation_id': 150,
  })
  sql(`UPDATE network_segments SET physical_network = 'moon' WHERE network_id = ?`, String(made.id))
  const { owes } = await names('agents', 'physical networks', /no living agent reaches moon; living ones reach public/)
  assert.equal(owes, 'whoever configures the Open vSwitch agents')
  sql(`UPDATE network_segments SET physical_network = 'public' WHERE network_id = ?`, String(made.id))
  await api.remove('networks', String(made.id))
})

test('a dnsmasq that was killed is named, by the network that has no DHCP', async () => {
  await without('dhcp', async () => {
    process.kill(Number(readFileSync(`${state}/lib/dhcp/${network}/pid`, 'utf8')), 'SIGKILL')
    const { owes } = await names('dhcp', `network ${network}`, new RegExp(`dnsmasq does not run in qdhcp-${network}`))
    assert.equal(owes, 'neutron-dhcp-agent, which does not run here')
  })
  await isWell('dhcp')
})

test('a DHCP entry that was removed is named, by its port', async () => {
  await without('dhcp', async () => {
    const file = `${state}/lib/dhcp/${network}/host`
    const text = readFileSync(file, 'utf8')
    const { mac_address } = (await api.get(`/v2.0/ports/${instance.port_id}`)).port as { mac_address: string }
    const lines = text.split('\n').filter((line) => !line.startsWith(mac_address))
    writeFileSync(file, lines.join('\n'))
    const { owes } = await names('dhcp', `network ${network}`, new RegExp(`1 ports have no entry: ${instance.port_id}`))
    assert.equal(owes, `neutron-dhcp-agent on ${host}`)
  })
  await isWell('dhcp')
})

test('a dnsmasq configuration file that dnsmasq refuses is named', async () => {
  writeFileSync(`${state}/dnsmasq.conf`, 'no-such-option\n')
  await names(
    'dhcp',
    'dnsmasq options',
    /bad option at line 1/,
    `[DEFAULT]\ndnsmasq_config_file = ${state}/dnsmasq.conf\n`,
  )
})

test('a metadata secret that differs from that of Nova is named', async () => {
  await nova.close()
  nova = await startNovaMetadata({ port: NOVA_PORT, secret: 'another one', instances: `${state}/instances` })
  const { owes, mend } = await names('metadata', 'Nova', /refuses our signature \(403\): the shared secret differs/)
  assert.match(owes!, /metadata_agent.ini and in nova.conf/)
  assert.match(mend!, /metadata_proxy_shared_secret/)
  await nova.close()
  await names('metadata', 'Nova', /does not answer: .*ECONNREFUSED/)
  const careless = createServer((_, answer) => answer.writeHead(404).end()).listen(NOVA_PORT, '127.0.0.1')
  await names('metadata', 'Nova', /does not check signatures/)
  careless.closeAllConnections()
  await new Promise((done) => careless.close(done))
  nova = await startNovaMetadata({ port: NOVA_PORT, secret: secret(), instances: `${state}/instances` })
  await isWell('metadata')
})

test('a metadata agent that is dead is named by its socket', async () => {
  await without('metadata', async () => {
    const { owes } = await names('metadata', 'agent', /nobody answers at .*metadata_proxy/)
    assert.match(owes!, /neutron-metadata-agent/)
  })
})

test('a flow deleted by hand is named: of the wiring, and of one port', async () => {
  const bridge = option('integration_bridge')
  const device = (
    await vsctl('--bare', '--columns=name,ofport', 'find', 'Interface', `external_ids:iface-id=${instance.port_id}`)
  )
    .trim()
    .split('\n')
  await without('openvswitch', async () => {
    await ofctl('--strict', 'del-flows', bridge, 'table=60,priority=1')
    const { evidence, owes } = await names('flows', bridge, /1 of \d+ flows of the wiring are missing/)
    assert.match(evidence, /table=60,priority=1,actions=NORMAL/)
    assert.match(owes!, /neutron-openvswitch-agent/)
  })
  await isWell('flows')
  await without('openvswitch', async () => {
    await ofctl('del-flows', bridge, `table=60,in_port=${device[1]}`)
    const { evidence } = await names('flows', device[0]!, /1 of \d+ flows are missing/)
    assert.match(evidence, new RegExp(`port ${instance.port_id}: .*table=60,priority=100,in_port=${device[1]}`))
  })
  await isWell('flows')
})

test('a flow somebody else put there is told, and is no fault', async () => {
  const bridge = option('integration_bridge')
  await ofctl('add-flow', bridge, 'cookie=0xbeef,table=200,actions=drop')
  const { findings } = await examined(['flows'])
  assert.deepEqual(
    findings.map(({ state }) => state),
    ['good', 'note'],
  )
  assert.match(findings[1]!.evidence, /somebody else .* 0xbeef/)
  await ofctl('del-flows', bridge, 'cookie=0xbeef/-1')
})

test('flows of another agent are not compared, and so are not called good', async () => {
  const bridge = option('integration_bridge')
  await without('openvswitch', async () => {
    await ofctl('del-flows', bridge)
    await ofctl('add-flow', bridge, 'cookie=0xbeef,table=0,actions=NORMAL')
    const { findings } = await examined(['flows'])
    assert.deepEqual(
      findings.map(({ state, evidence }) => [state, evidence.slice(0, 30)]),
      [['unknown', 'the flows are of another agent']],
    )
  })
  await isWell('flows')
})

test('an MTU that differs is named: of a device, of the way below tunnels, of the interface of a physical network', async () => {
  const space = `qrouter-${router}`
  const device = /(qr-[0-9a-f-]+)/.exec(await command('ip', '-n', space, '-o', 'link'))![1]!
  await without('l3', async () => {
    await command('ip', '-n', space, 'link', 'set', device, 'mtu', '1300')
    const { owes } = await names('mtu', device, new RegExp(`in ${space} it has 1300; network ${network} has 1450`))
    assert.equal(owes, `neutron-l3-agent on ${host}`)
  })
  await isWell('mtu')

  await command('ip', 'link', 'add', 'under0', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'under1')
  await command('ip', 'address', 'add', '192.0.2.10/24', 'dev', 'under0')
  for (const end of ['under0', 'under1']) await command('ip', 'link', 'set', end, 'up')
  const below = await names(
    'mtu',
    'tunnels',
    /under0 of local_ip carries 1400, .* assume 1500/,
    '[ovs]\nlocal_ip = 192.0.2.10\n',
  )
  assert.match(below.mend!, /ip link set under0 mtu 1500 .* path_mtu = 1400/)

  const external = option('bridge_mappings').split(':')[1]!
  await vsctl('add-port', external, 'under1')
  await command('ip', 'link', 'set', 'under1', 'mtu', '1400')
  await names('mtu', external, /public promises 1500, and under1 1400/)
  await vsctl('del-port', external, 'under1')
  await command('ip', 'link', 'del', 'under0')

  await names(
    'mtu',
    'networks',
    /2 of 2 promise more than is carried below them/,
    '[DEFAULT]\nglobal_physnet_mtu = 1400\n',
  )
  await isWell('mtu')
})

test('a router whose device was taken, or whose forwarding is off, is named', async () => {
  await without('l3', async () => {
    const space = `qrouter-${router}`
    await command('ip', 'netns', 'exec', space, 'sysctl', '-qw', 'net.ipv4.ip_forward=0')
    const { owes } = await names('l3', `router ${router}`, /net.ipv4.ip_forward is off/)
    assert.match(owes!, /neutron-l3-agent/)
    await command('ip', 'netns', 'exec', space, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
    await names('l3', `router ${router}`, /no metadata proxy listens on port 9697/)
    await command('ip', 'netns', 'delete', space)
    await names('l3', `router ${router}`, /its namespace qrouter-.* is not there/)
  })
  await isWell('l3')
})

test('namespaces of nobody are told, and are no fault', async () => {
  const stray = 'qrouter-11111111-2222-4333-8444-555555555555'
  await command('ip', 'netns', 'add', stray)
  const { findings } = await examined(['l3'])
  await command('ip', 'netns', 'delete', stray)
  const note = findings.find(({ subject }) => subject === 'namespaces')!
  assert.equal(note.state, 'note')
  assert.match(note.evidence, new RegExp(stray))
})

test('a bridge that is missing, an address that is elsewhere and a lost fail mode are named', async () => {
  await names('switch', 'br-none', /bridge_mappings says moon is on br-none/, '[ovs]\nbridge_mappings = moon:br-none\n')
  const { evidence } = await names(
    'switch',
    'local_ip',
    /192.0.2.77 is on no interface/,
    '[ovs]\nlocal_ip = 192.0.2.77\n',
  )
  assert.match(evidence, /there are /)
  await command('ip', 'link', 'add', 'down0', 'type', 'veth', 'peer', 'name', 'down1')
  await command('ip', 'address', 'add', '192.0.2.77/24', 'dev', 'down0')
  await names('switch', 'local_ip', /192.0.2.77 is on down0, which is down/, '[ovs]\nlocal_ip = 192.0.2.77\n')
  await command('ip', 'link', 'del', 'down0')
  const bridge = option('integration_bridge')
  await without('openvswitch', async () => {
    await vsctl('del-fail-mode', bridge)
    const { mend } = await names('switch', bridge, /fail_mode is standalone/)
    assert.equal(mend, `ovs-vsctl set-fail-mode ${bridge} secure`)
  })
  await isWell('switch')
  const gone = await lackings(['switch'], '[ovs]\novsdb_connection = tcp:127.0.0.1:1\n')
  assert.deepEqual(
    gone.map(({ subject }) => subject),
    ['database'],
  )
  assert.match(gone[0]!.mend!, /ovs-vsctl set-manager ptcp:1:127.0.0.1/)
})

test('a server that does not run is named by the bus and by the API', async () => {
  await processes.kill(['server'])
  const found = await lackings(['bus', 'api'])
  assert.deepEqual(
    found.map(({ area, subject }) => `${area}: ${subject}`),
    ['bus: server on the bus', 'api: Networking API', 'api: identity'],
  )
  assert.match(found[0]!.evidence, /nobody listens at .*bus.sock/)
  assert.match(found[0]!.owes!, /neutron-server/)
  await processes.start(['server'])
  await isWell('bus', 'api')
})

test('a bus this release does not serve is named, with whether its brokers can be reached', async () => {
  const url = 'rabbit://neutron:hunter2@127.0.0.1:5000,127.0.0.1:1/'
  const { evidence } = await names(
    'bus',
    'server on the bus',
    /rabbit:\/\/ is not served/,
    `[DEFAULT]\ntransport_url = ${url}\n`,
  )
  assert.match(evidence, /127.0.0.1:5000 is reachable, 127.0.0.1:1 is not reachable \(ECONNREFUSED\)/)
  assert.doesNotMatch(evidence, /hunter2/)
})

test('a database that is not there, and one of a newer release, are named', async () => {
  const missing = await lackings(['database'], `[database]\nconnection = sqlite:///${state}/none.db\n`)
  assert.match(missing[0]!.evidence, /there is no file .*none.db/)
  sql(`INSERT INTO neutrino_migrations (name, applied_at) VALUES ('core/network/9999-future', '2030-01-01T00:00:00Z')`)
  await names('database', 'schema', /made by a newer version: it has 1 migration \(core\/network\/9999-future\)/)
  sql(`DELETE FROM neutrino_migrations WHERE name = 'core/network/9999-future'`)
  await isWell('database')
})

test('options no process would take are all named, and the rest is asked with their defaults', async () => {
  const own = '[DEFAULT]\nagent_down_time = soon\n[ovs]\ndatapath_type = other\n'
  const { findings } = await examined(['bus', 'dhcp'], own)
  const [first, second, ...rest] = findings.filter(({ state }) => state === 'lacking')
  assert.match(first!.evidence, /own.conf:2: \[DEFAULT\] agent_down_time/)
  assert.match(second!.evidence, /own.conf:4: \[ovs\] datapath_type/)
  assert.deepEqual(rest, [])
  assert.ok(findings.some(({ area, state }) => area === 'bus' && state === 'good'))
  const unread = await examined(['configuration'], '[DEFAULT]\nagent_dwon_time = 5\n')
  assert.match(unread.findings.find(({ subject }) => subject === 'unknown options')!.evidence, /agent_dwon_time/)
})

test('a configuration that cannot be read at all is itself the finding, and nothing is guessed', async () => {
  const { findings, skipped } = await examined(['agents', 'switch'], 'no option at all\n')
  assert.deepEqual(
    findings.filter(({ state }) => state !== 'good').map(({ subject }) => subject),
    ['files'],
  )
  assert.match(findings[0]!.evidence, /own.conf:1: /)
  assert.ok(skipped.some(({ area }) => area === 'switch'))
})

test('a switch whose daemon was killed is told from a database that is not there', async () => {
  process.kill(Number(readFileSync('/run/openvswitch/ovs-vswitchd.pid', 'utf8')), 'SIGKILL')
  const found = await lackings(['switch'])
  assert.ok(
    found.some(({ subject, evidence }) => subject === 'ovs-vswitchd' && /nobody answers for bridge/.test(evidence)),
  )
})
