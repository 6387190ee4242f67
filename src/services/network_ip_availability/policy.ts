/** For the operator, and for services that place what needs addresses. Source: upstream's default policies. */
export default [{ name: 'get_network_ip_availability', rule: 'rule:admin_only or rule:service_api' }]
