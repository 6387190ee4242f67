/**
 * The agent as a process of its own, for tests that kill it: with its server, wiring ports 1 to COUNT as they are
 * plugged. Prints `synced` once it is. Arguments: the Open vSwitch's connection, COUNT.
 */
import { agentConfig, FakeServer, instance, startAgent } from './l2.ts'

const [connection, count] = process.argv.slice(2)

const server = new FakeServer()
await server.start()
server.rules.set('g', [
  { direction: 'egress', ethertype: 'IPv4' },
  { direction: 'ingress', ethertype: 'IPv4', remote_group_id: 'g' },
])
server.tunnels.push({ ip_address: '192.0.2.2', host: 'host-2' })
const network = { id: 'n1', network_type: 'vxlan', segmentation_id: 77 }
for (let n = 1; n <= Number(count); n++) instance(n, ['g'], network, server)

const given = { ovs: { local_ip: '127.0.0.1' }, agent: { tunnel_types: ['vxlan'] } }
const agent = await startAgent(server, agentConfig({ connection: connection! }, given))
await agent.synced()
process.stdout.write(`synced ${agent.stepsTaken}\n`)
