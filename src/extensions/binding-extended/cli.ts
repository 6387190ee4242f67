/** Bindings of a port to hosts on the command line: `port-binding-*`. Upstream's command had none. */
import { option } from '#cli/arguments.ts'
import { defineCli } from '#cli/command.ts'
import { dictOf } from '#cli/types.ts'

const PROFILE = option('--profile', 'What the host is told beside: key=value[,key=value...]', { type: dictOf() })
const VNIC_TYPE = option('--vnic-type', 'How the port is plugged.', {
  choices: ['normal', 'direct', 'direct-physical', 'macvtap', 'baremetal', 'smart-nic'],
})

export default defineCli({
  resources: {
    port_binding: {
      names: false,
      list: { summary: 'List the bindings of a port.', columns: ['host', 'vif_type', 'vnic_type', 'status'] },
      create: {
        summary: 'Bind a port to another host, inactive.',
        arguments: [{ name: 'host', metavar: 'HOST', help: 'Name of the host.' }, VNIC_TYPE, PROFILE],
      },
      update: { arguments: [VNIC_TYPE, PROFILE] },
      actions: {
        activate: { summary: 'Plug a port on this host from now on.' },
      },
    },
  },
})
