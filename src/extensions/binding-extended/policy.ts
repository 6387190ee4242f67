/**
 * Where a port is plugged concerns administrators and services. Source: upstream's default policies, in which only the
 * service role changes bindings; administrators keep the right they had in all earlier releases.
 */
const ADMIN_OR_SERVICE = 'rule:context_is_admin or rule:service_api'

export default [
  ...['get', 'create', 'update', 'delete'].map((verb) => ({ name: `${verb}_port_binding`, rule: ADMIN_OR_SERVICE })),
  { name: 'activate', rule: ADMIN_OR_SERVICE },
]
