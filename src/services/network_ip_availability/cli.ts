/** How many addresses networks have left, on the command line. Source: neutronclient 8.1's `net-ip-availability-*`. */
import type { JsonObject } from '#base/json.ts'
import { option } from '#cli/arguments.ts'
import { type Command, defineCli } from '#cli/command.ts'
import { fieldsOf } from '#cli/derive/show.ts'
import { findId } from '#cli/find.ts'

const show: Command = {
  name: 'net-ip-availability-show',
  summary: 'Show how many addresses of a network are used.',
  arguments: [{ name: 'network_id', metavar: 'NETWORK', help: 'ID or name of the network to look up.' }],
  output: 'show',
  unknown: 'ignored',
  async run(call) {
    const id = await findId(call, 'network', String(call.args.network_id))
    const { body } = await call.client.request('GET', `/network-ip-availabilities/${id}`)
    // Lists are one JSON text a line in every format, as upstream's command has it.
    return fieldsOf((body as JsonObject).network_ip_availability as JsonObject, 'table')
  },
}

export default defineCli({
  resources: {
    network_ip_availability: {
      noun: 'net-ip-availability',
      list: {
        summary: 'List how many addresses of networks are used.',
        columns: ['network_id', 'network_name', 'total_ips', 'used_ips'],
        paging: false,
        filters: [
          option('--ip-version', 'Count the subnets of this IP version. Default: 4', {
            type: 'integer',
            choices: [4, 6],
            default: 4,
          }),
          option('--network-id', 'Of the network of this ID.'),
          option('--network-name', 'Of the networks of this name.'),
          option('--tenant-id', 'Of the networks of this tenant.'),
        ],
      },
      show: false,
    },
  },
  commands: [show],
})
