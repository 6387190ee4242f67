/**
 * Which DHCP agents host which networks, on the command line. Source: neutronclient 8.1's commands of that scheduler.
 */

import { type Argument, type Call, type Command, defineCli } from '#cli/command.ts'
import { findId } from '#cli/find.ts'
import { networkList } from '#core/network/cli.ts'

const AGENT: Argument = { name: 'dhcp_agent', metavar: 'DHCP_AGENT', help: 'ID of the DHCP agent.' }
const network = (help: string): Argument => ({ name: 'network', metavar: 'NETWORK', help })

const networkId = (call: Call): Promise<string> => findId(call, 'network', String(call.args.network))
const networksOfAgent = ({ args }: Call): string =>
  `/agents/${encodeURIComponent(String(args.dhcp_agent))}/dhcp-networks`

const networkAdd: Command = {
  name: 'dhcp-agent-network-add',
  summary: 'Give a network to a DHCP agent.',
  arguments: [AGENT, network('ID or name of the network to add.')],
  unknown: 'ignored',
  async run(call) {
    const body = { network_id: await networkId(call) }
    await call.client.request('POST', networksOfAgent(call), { body })
    call.print(`Added network ${call.args.network} to DHCP agent`)
    return null
  },
}

const networkRemove: Command = {
  name: 'dhcp-agent-network-remove',
  summary: 'Take a network from a DHCP agent.',
  arguments: [AGENT, network('ID or name of the network to remove.')],
  unknown: 'ignored',
  async run(call) {
    const id = await networkId(call)
    await call.client.request('DELETE', `${networksOfAgent(call)}/${id}`)
    call.print(`Removed network ${call.args.network} from DHCP agent`)
    return null
  },
}

export default defineCli({
  lists: {
    network: [
      {
        ...networkList,
        name: 'net-list-on-dhcp-agent',
        summary: 'List the networks that a DHCP agent hosts.',
        arguments: [AGENT],
        path: networksOfAgent,
      },
    ],
    agent: [
      {
        name: 'dhcp-agent-list-hosting-net',
        summary: 'List the DHCP agents that host a network.',
        columns: ['id', 'host', 'admin_state_up', 'alive'],
        sorting: false,
        paging: false,
        arguments: [network('ID or name of the network to ask about.')],
        path: async (call) => `/networks/${await networkId(call)}/dhcp-agents`,
        extend: async (agents) => agents.map((agent) => ({ ...agent, alive: agent.alive ? ':-)' : 'xxx' })),
      },
    ],
  },
  commands: [networkAdd, networkRemove],
})
