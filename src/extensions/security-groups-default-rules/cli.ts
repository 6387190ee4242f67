/** The rules that new security groups begin with, on the command line. Upstream's command had none. */
import { booleanArgument, given, option } from '#cli/arguments.ts'
import { defineCli } from '#cli/command.ts'
import { lower } from '#cli/types.ts'

const SENT = [
  'direction',
  'ethertype',
  'protocol',
  'port_range_min',
  'port_range_max',
  'remote_ip_prefix',
  'remote_group_id',
  'remote_address_group_id',
  'used_in_default_sg',
  'used_in_non_default_sg',
  'description',
] as const

export default defineCli({
  resources: {
    default_security_group_rule: {
      names: false,
      list: {
        summary: 'List the rules that new security groups begin with.',
        columns: [
          'id',
          'direction',
          'ethertype',
          'protocol',
          'port_range_min',
          'port_range_max',
          'remote_ip_prefix',
          'used_in_default_sg',
          'used_in_non_default_sg',
        ],
      },
      create: {
        arguments: [
          option('--direction', 'Direction of traffic: ingress or egress.', {
            type: lower,
            choices: ['ingress', 'egress'],
            default: 'ingress',
          }),
          option('--ethertype', 'IPv4 or IPv6.'),
          option('--protocol', 'Protocol of packets: icmp, icmpv6, tcp, udp, or a number from 0 to 255.', {
            type: lower,
          }),
          option('--port-range-min', 'First port of the range. Of ICMP: the type.'),
          option('--port-range-max', 'Last port of the range. Of ICMP: the code.'),
          option('--remote-ip-prefix', 'Addresses of the other side, as a CIDR.'),
          option('--remote-group-id', 'Group of the other side; PARENT: the group it is made in.'),
          option('--remote-address-group-id', 'Address group of the other side.'),
          booleanArgument('--used-in-default-sg', "Whether tenants' default groups begin with it."),
          booleanArgument('--used-in-non-default-sg', 'Whether all other groups begin with it.'),
          option('--description', 'Description of the rule.'),
        ],
        body: ({ args }) => ({
          used_in_default_sg: false,
          used_in_non_default_sg: false,
          ...given(args, SENT),
        }),
      },
    },
  },
})
