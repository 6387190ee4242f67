/** Port forwardings of a floating IP on the command line: `port-forwarding-*`. Upstream's command had none. */
import type { JsonObject } from '#base/json.ts'
import { given, option } from '#cli/arguments.ts'
import { type Argument, type Call, defineCli } from '#cli/command.ts'
import { findId } from '#cli/find.ts'

const changeable = (required: boolean): readonly Argument[] => [
  option('--port', 'ID or name of the port that packets are forwarded to.', {
    name: 'internal_port_name',
    metavar: 'PORT',
    required,
  }),
  option('--internal-ip-address', 'Which address of that port.', { required }),
  option('--protocol', 'What is forwarded.', { choices: ['tcp', 'udp', 'sctp', 'dccp'], required }),
  option('--external-port', "The floating IP's port: a number."),
  option('--internal-port', 'The port behind it: a number.'),
  option('--external-port-range', "The floating IP's ports, as <first>:<last>."),
  option('--internal-port-range', 'The ports behind them, as <first>:<last>.'),
  option('--description', 'Description of the port forwarding.'),
]

const SENT = [
  'internal_ip_address',
  'protocol',
  'external_port',
  'internal_port',
  'external_port_range',
  'internal_port_range',
  'description',
] as const

async function body(call: Call): Promise<JsonObject> {
  const { internal_port_name: port } = call.args
  return {
    ...(port ? { internal_port_id: await findId(call, 'port', String(port)) } : {}),
    ...given(call.args, SENT),
  }
}

export default defineCli({
  resources: {
    floatingip_port_forwarding: {
      noun: 'port-forwarding',
      names: false,
      list: {
        summary: 'List the port forwardings of a floating IP.',
        columns: [
          'id',
          'protocol',
          'external_port',
          'external_port_range',
          'internal_ip_address',
          'internal_port',
          'internal_port_range',
          'internal_port_id',
        ],
      },
      create: { arguments: changeable(true), body },
      update: { arguments: changeable(false), body },
    },
  },
})
