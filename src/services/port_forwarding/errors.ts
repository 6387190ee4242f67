/** Errors of port forwardings. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const PortForwardingNotFound = errorType(
  'PortForwardingNotFound',
  404,
  'Port Forwarding %(id)s could not be found.',
)
export const FipInUseByPortForwarding = errorType(
  'FipInUseByPortForwarding',
  409,
  'Floating IP %(id)s in use by Port Forwarding resources.',
)
export const PortHasBindingFloatingIP = errorType(
  'PortHasBindingFloatingIP',
  409,
  'Cannot create port forwarding to floating IP %(floating_ip_address)s (%(fip_id)s) with port %(port_id)s using ' +
    'fixed IP %(fixed_ip)s, as that port already has a binding floating IP.',
)
