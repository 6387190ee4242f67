/** Who may say what becomes of the network below a port. Source: upstream's default policies. */
export default [
  { name: 'admin_or_data_plane_int', rule: 'rule:context_is_admin or role:data_plane_integrator' },
  { name: 'update_port:data_plane_status', rule: 'rule:admin_or_data_plane_int' },
]
