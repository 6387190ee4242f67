/** Any reader may know the zones. Source: Neutron's default policies. */
export default [{ name: 'get_availability_zone', rule: 'role:reader' }]
