/**
 * Options that upstream has, or had since its Kilo release, and nobody here reads: a file that sets one is told so by
 * name, instead of being told that it is misspelt. An option that is declared anywhere is no longer looked up here.
 * Source: the configuration reference of those releases.
 */

const NAMES: { readonly [section: string]: string } = {
  DEFAULT: `
    admin_password admin_tenant_name admin_user advertise_mtu agent_down_time agent_mode
    allow_automatic_dhcp_failover allow_automatic_l3agent_failover allow_automatic_lbaas_agent_failover allow_bulk
    allow_overlapping_ips allow_pagination allow_sorting allowed_conntrack_helpers api_extensions_path
    api_paste_config api_workers auth_ca_cert auth_insecure auth_region auth_strategy auth_url backdoor_port
    backdoor_socket backlog base_mac bind_host bind_port bulk_reload_interval cache_url cleanup_on_shutdown
    client_socket_timeout code_profiling_calls_to_log control_exchange core_plugin debug default_availability_zones
    default_ipv4_subnet_pool default_log_levels default_notification_level default_publisher_id device_driver
    dhcp_agent_notification dhcp_agents_per_network dhcp_broadcast_reply dhcp_confs dhcp_delete_namespaces
    dhcp_domain dhcp_driver dhcp_lease_duration dhcp_lease_relay_socket dhcp_load_type dns_domain
    dnsmasq_base_log_dir dnsmasq_config_file dnsmasq_dns_servers dnsmasq_enable_addr6_list dnsmasq_lease_max
    dnsmasq_local_resolv dnsmasq_txt_record driver dvr_base_mac enable_code_profiling enable_default_route_bfd
    enable_default_route_ecmp enable_dvr enable_isolated_metadata enable_metadata_network enable_metadata_proxy
    enable_new_agents enable_quota_details enable_services_on_agents_with_admin_state_down enable_snat_by_default
    enable_traditional_dhcp endpoint_type executor_thread_pool_size external_dns_driver external_ingress_mark
    external_network_bridge external_pids fatal_deprecations filter_validation force_gateway_on_subnet
    force_metadata gateway_external_network_id global_physnet_mtu graceful_shutdown_timeout granular_traffic_data
    ha_confs_path ha_conntrackd_enabled ha_conntrackd_group ha_conntrackd_hashlimit ha_conntrackd_hashsize
    ha_conntrackd_ipv4_mcast_addr ha_conntrackd_rcvsocketbuffer ha_conntrackd_sndsocketbuffer
    ha_conntrackd_socketbuffersize ha_conntrackd_socketbuffersize_max_grown ha_conntrackd_unix_backlog
    ha_keepalived_state_change_server_threads ha_network_physical_name ha_network_type ha_vrrp_advert_int
    ha_vrrp_auth_password ha_vrrp_auth_type ha_vrrp_health_check_interval handle_internal_only_routers host
    host_dvr_for_dhcp http_retries instance_format instance_uuid_format interface_driver ipam_driver ipv6_gateway
    ipv6_pd_enabled keepalived_use_no_track kombu_ssl_ca_certs kombu_ssl_certfile kombu_ssl_keyfile
    kombu_ssl_version l3_ha l3_ha_net_cidr l3_ha_network_physical_name l3_ha_network_type
    loadbalancer_pool_scheduler_driver loadbalancer_scheduler_driver lock_path log_config_append log_date_format
    log_dir log_file log_format log_options log_rotate_interval log_rotate_interval_type log_rotation_type logdir
    logfile logging_context_format_string logging_default_format_string mac_generation_retries
    max_allowed_address_pair max_dns_nameservers max_fixed_ips_per_port max_header_line max_l3_agents_per_router
    max_logfile_count max_logfile_size_mb max_routes max_rtr_adv_interval max_subnet_host_routes measure_interval
    metadata_access_mark metadata_backlog metadata_port metadata_proxy_group metadata_proxy_shared_secret
    metadata_proxy_socket metadata_proxy_socket_mode metadata_proxy_user metadata_workers min_l3_agents_per_router
    min_rtr_adv_interval my_ip my_ipv6 network_auto_schedule network_device_mtu network_link_prefix
    network_scheduler_driver notification_driver notification_topics notify_nova_on_port_data_changes
    notify_nova_on_port_status_changes nova_admin_auth_url nova_admin_password nova_admin_tenant_id
    nova_admin_tenant_name nova_admin_username nova_api_insecure nova_ca_certificates_file nova_client_cert
    nova_client_priv_key nova_metadata_host nova_metadata_insecure nova_metadata_ip nova_metadata_port
    nova_metadata_protocol nova_region_name nova_url num_sync_threads ovs_integration_bridge ovs_use_veth
    ovs_vsctl_timeout pagination_max_limit pd_confs per_router_log_files periodic_fuzzy_delay periodic_interval
    prefix_delegation_driver publish_errors qpid_hostname qpid_port ra_confs rabbit_ha_queues rabbit_host
    rabbit_hosts rabbit_max_retries rabbit_password rabbit_port rabbit_retry_backoff rabbit_retry_interval
    rabbit_use_ssl rabbit_userid rabbit_virtual_host radvd_user rate_limit_burst rate_limit_except_level
    rate_limit_interval report_interval resync_interval resync_throttle retry_until_window router_auto_schedule
    router_delete_namespaces router_distributed router_id router_log_files_in_ha_confs router_scheduler_driver
    rpc_backend rpc_conn_pool_size rpc_resources_processing_step rpc_response_max_timeout rpc_response_timeout
    rpc_state_report_workers rpc_thread_pool_size rpc_workers run_external_periodic_tasks send_arp_for_ha
    send_events_interval service_plugins setproctitle sql_connection ssl_ca_file ssl_cert_file ssl_key_file
    state_path syslog_log_facility tcp_keepidle transport_url use_journal use_json use_namespaces use_ssl use_stderr
    use_syslog vendor_pen verbose vlan_qinq vlan_transparent vpn_scheduler_driver watch_log_file
    wsgi_default_pool_size wsgi_keep_alive`,
  agent: `
    arp_responder availability_zone baremetal_smartnic check_child_processes_action check_child_processes_interval
    comment_iptables_rules debug_iptables_rules dont_fragment drop_flows_on_start dscp dscp_inherit
    enable_distributed_routing explicitly_egress_direct extensions kill_scripts_path l2_population
    log_agent_heartbeats minimize_polling ovsdb_monitor_respawn_interval polling_interval prevent_arp_spoofing
    quitting_rpc_timeout report_interval root_helper root_helper_daemon tunnel_csum tunnel_types
    use_helper_for_ns_read use_random_fully veth_mtu vxlan_udp_port`,
  bgp: `
    main_router_vrf_id`,
  cache: `
    backend backend_argument config_prefix debug_cache_backend enabled expiration_time memcache_servers proxies`,
  certificates: `
    cert_manager_class storage_path`,
  cors: `
    allow_credentials allow_headers allow_methods allowed_origin expose_headers max_age`,
  database: `
    asyncio_connection connection connection_debug connection_parameters connection_recycle_time connection_trace
    db_inc_retry_interval db_max_retries db_max_retry_interval db_retry_interval engine idle_timeout max_overflow
    max_pool_size max_retries min_pool_size mysql_enable_ndb mysql_sql_mode mysql_wsrep_sync_wait pool_timeout
    retry_interval slave_connection sqlite_db sqlite_synchronous use_db_reconnect`,
  designate: `
    allow_reverse_dns_lookup auth_section auth_type auth_url cafile certfile collect_timing default_domain_id
    default_domain_name domain_id domain_name endpoint_override endpoint_type insecure ipv4_ptr_zone_prefix_size
    ipv6_ptr_zone_prefix_size keyfile password project_domain_id project_domain_name project_id project_name
    ptr_zone_email region_name split_loggers system_scope tenant_id tenant_name timeout trust_id url user_domain_id
    user_domain_name user_id username valid_interfaces`,
  dhcp: `
    dhcp_rebinding_time dhcp_renewal_time enable_ipv6`,
  experimental: `
    ipv6_pd_enabled linuxbridge`,
  fdb: `
    shared_physical_device_mappings`,
  fwaas: `
    agent_version driver enabled firewall_l2_driver`,
  haproxy: `
    loadbalancer_state_path send_gratuitous_arp user_group`,
  healthcheck: `
    allowed_source_ranges backends detailed disable_by_file_path disable_by_file_paths enable_by_file_paths
    ignore_proxied_requests path`,
  ipsec: `
    config_base_dir enable_detailed_logging ipsec_status_check_interval`,
  ironic: `
    auth_section auth_type auth_url cafile certfile collect_timing default_domain_id default_domain_name domain_id
    domain_name enable_notifications endpoint_override endpoint_type insecure keyfile password project_domain_id
    project_domain_name project_id project_name region_name split_loggers system_scope tenant_id tenant_name timeout
    trust_id user_domain_id user_domain_name user_id username valid_interfaces`,
  keystone_authtoken: `
    admin_password admin_tenant_name admin_token admin_user auth_admin_prefix auth_host auth_plugin auth_port
    auth_protocol auth_region auth_section auth_type auth_uri auth_url auth_version cache cafile certfile
    check_revocations_for_cached default_domain_id default_domain_name delay_auth_decision enforce_token_bind
    hash_algorithms http_connect_timeout http_request_max_retries identity_uri include_service_catalog insecure
    interface keyfile memcache_secret_key memcache_security_strategy memcached_servers password project_domain_id
    project_domain_name project_id project_name region_name revocation_cache_time service_token_roles
    service_token_roles_required service_type signing_dir system_scope tenant_id tenant_name timeout
    token_cache_time trust_id user_domain_id user_domain_name user_id username www_authenticate_uri`,
  l2pop: `
    agent_boot_time`,
  libreswan: `
    shutdown_check_back_off shutdown_check_retries shutdown_check_timeout`,
  linux_bridge: `
    bridge_mappings physical_interface_mappings`,
  macvtap: `
    physical_interface_mappings`,
  metadata: `
    host_proxy_listen_port provider_base_mac provider_cidr provider_vlan_id`,
  metadata_haproxy: `
    timeout_client timeout_connect timeout_http_keep_alive timeout_http_request timeout_server`,
  metadata_rate_limiting: `
    base_query_rate_limit base_window_duration burst_query_rate_limit burst_window_duration ip_versions
    rate_limit_enabled`,
  ml2: `
    extension_drivers external_network_type mechanism_drivers overlay_ip_version path_mtu physical_network_mtus
    project_network_types segment_mtu tenant_network_types tunnelled_network_rp_name type_drivers`,
  ml2_sriov: `
    agent_required supported_pci_vendor_devs`,
  ml2_type_flat: `
    flat_networks`,
  ml2_type_geneve: `
    max_header_size vni_ranges`,
  ml2_type_gre: `
    tunnel_id_ranges`,
  ml2_type_vlan: `
    network_vlan_ranges`,
  ml2_type_vxlan: `
    vni_ranges vxlan_group`,
  network_log: `
    burst_limit local_output_log_base rate_limit`,
  nova: `
    auth_section auth_type auth_url cafile certfile collect_timing default_domain_id default_domain_name domain_id
    domain_name endpoint_override endpoint_type insecure keyfile live_migration_events password project_domain_id
    project_domain_name project_id project_name region_name split_loggers system_scope tenant_id tenant_name timeout
    trust_id user_domain_id user_domain_name user_id username valid_interfaces`,
  openswan: `
    ipsec_config_template ipsec_secret_template`,
  oslo_concurrency: `
    disable_process_locking lock_path`,
  oslo_messaging_notifications: `
    driver retry topics transport_url`,
  oslo_messaging_rabbit: `
    amqp_auto_delete amqp_durable_queues conn_pool_min_size conn_pool_ttl direct_mandatory_flag
    enable_cancel_on_failover heartbeat_in_pthread heartbeat_rate heartbeat_timeout_threshold kombu_compression
    kombu_failover_strategy kombu_missing_consumer_retry_timeout kombu_reconnect_delay rabbit_ha_queues rabbit_host
    rabbit_hosts rabbit_interval_max rabbit_login_method rabbit_max_retries rabbit_password rabbit_port
    rabbit_qos_prefetch_count rabbit_quorum_queue rabbit_retry_backoff rabbit_retry_interval rabbit_stream_fanout
    rabbit_transient_queues_ttl rabbit_transient_quorum_queue rabbit_use_ssl rabbit_userid rabbit_virtual_host
    rpc_conn_pool_size ssl ssl_ca_file ssl_cert_file ssl_key_file ssl_version use_queue_manager`,
  oslo_middleware: `
    enable_proxy_headers_parsing max_request_body_size`,
  oslo_policy: `
    enforce_new_defaults enforce_scope policy_default_rule policy_dirs policy_file remote_content_type
    remote_ssl_ca_crt_file remote_ssl_client_crt_file remote_ssl_client_key_file remote_ssl_verify_server_crt
    remote_timeout`,
  ovn: `
    allow_stateless_action_supported bfd_min_rx bfd_min_tx bfd_mult broadcast_arps_to_all_routers
    dhcp_default_lease_time disable_ovn_dhcp_for_baremetal_ports dns_records_ovn_owned dns_servers
    enable_distributed_floating_ip fdb_age_threshold ha_failover_strategy live_migration_activation_strategy
    localnet_learn_fdb mac_binding_age_threshold neutron_sync_mode ovn_dhcp4_global_options ovn_dhcp6_global_options
    ovn_emit_need_to_frag ovn_l3_scheduler ovn_metadata_enabled ovn_nb_ca_cert ovn_nb_certificate ovn_nb_connection
    ovn_nb_private_key ovn_router_indirect_snat ovn_sb_ca_cert ovn_sb_certificate ovn_sb_connection
    ovn_sb_private_key ovs_create_tap ovsdb_connection_timeout ovsdb_log_level ovsdb_probe_interval
    ovsdb_retry_max_interval stateless_nat_enabled vhost_sock_dir`,
  ovn_nb_global: `
    fdb_removal_limit ignore_lsp_down mac_binding_removal_limit`,
  ovs: `
    bridge_mac_table_size bridge_mappings datapath_type enable_tunneling igmp_flood igmp_flood_reports
    igmp_flood_unregistered igmp_snooping_enable int_peer_patch_port integration_bridge local_ip of_connect_timeout
    of_inactivity_probe of_interface of_listen_address of_listen_port of_request_timeout openflow_processed_per_port
    ovsdb_connection ovsdb_debug ovsdb_interface ovsdb_timeout qos_meter_bandwidth resource_provider_bandwidths
    resource_provider_default_hypervisor resource_provider_hypervisors resource_provider_inventory_defaults
    resource_provider_packet_processing_inventory_defaults resource_provider_packet_processing_with_direction
    resource_provider_packet_processing_without_direction ssl_ca_cert_file ssl_cert_file ssl_key_file trunk_enabled
    tun_peer_patch_port tunnel_bridge tunnel_type use_veth_interconnection vhostuser_socket_dir`,
  ovs_driver: `
    ovs_create_tap vnic_type_blacklist vnic_type_prohibit_list`,
  placement: `
    auth_section auth_type auth_url cafile certfile collect_timing default_domain_id default_domain_name domain_id
    domain_name endpoint_override endpoint_type insecure keyfile password project_domain_id project_domain_name
    project_id project_name region_name split_loggers system_scope tenant_id tenant_name timeout trust_id
    user_domain_id user_domain_name user_id username valid_interfaces`,
  pluto: `
    restart_check_config shutdown_check_back_off shutdown_check_retries shutdown_check_timeout`,
  privsep: `
    capabilities group helper_command thread_pool_size user`,
  profiler: `
    connection_string enabled hmac_keys trace_sqlalchemy`,
  quotas: `
    default_quota quota_driver quota_firewall quota_firewall_policy quota_firewall_rule quota_floatingip
    quota_health_monitor quota_items quota_listener quota_loadbalancer quota_member quota_network quota_pool
    quota_port quota_router quota_router_route quota_security_group quota_security_group_rule
    quota_subnet quota_vip track_quota_usage`,
  securitygroup: `
    enable_ipset enable_security_group firewall_driver permitted_ethertypes`,
  service_providers: `
    service_provider`,
  sriov_driver: `
    vnic_type_blacklist vnic_type_prohibit_list`,
  sriov_nic: `
    exclude_devices physical_device_mappings resource_provider_bandwidths resource_provider_default_hypervisor
    resource_provider_hypervisors resource_provider_inventory_defaults`,
  ssl: `
    ca_file cert_file ciphers key_file version`,
  strongswan: `
    default_config_area ipsec_config_template ipsec_secret_template strongswan_config_template`,
  vlans: `
    network_vlan_ranges tenant_network_type`,
  vpnagent: `
    vpn_device_driver`,
  vxlan: `
    arp_responder enable_vxlan l2_population local_ip multicast_ranges tos ttl udp_dstport udp_srcport_max
    udp_srcport_min vxlan_group`,
}

const ALWAYS_ON = 'it is always on'
const GONE_TOKEN =
  'it was the account with which Kilo asked Keystone; this release does not ask Keystone, tokens are checked by the built-in identity'
const GONE_LOOKUP =
  "it was the account with which Kilo's metadata agent asked the API; this release asks over the message bus and needs none"

/** Why an option has no effect, where there is more to say than that. */
const REASONS: { readonly [option: string]: string } = {
  'DEFAULT.use_namespaces': `${ALWAYS_ON}: every network and router has a namespace`,
  'DEFAULT.router_delete_namespaces': `${ALWAYS_ON}: a namespace goes with its router`,
  'DEFAULT.allow_overlapping_ips': ALWAYS_ON,
  'DEFAULT.allow_pagination': ALWAYS_ON,
  'DEFAULT.allow_sorting': ALWAYS_ON,
  'DEFAULT.allow_bulk': ALWAYS_ON,
  'DEFAULT.advertise_mtu': ALWAYS_ON,
  'DEFAULT.force_gateway_on_subnet': 'a gateway may lie outside its subnet',
  'DEFAULT.external_network_bridge': 'external networks are provider networks: use [ovs] bridge_mappings',
  'DEFAULT.gateway_external_network_id': 'an agent serves every external network its bridge mappings reach',
  'DEFAULT.network_device_mtu': "the MTU is the network's: use global_physnet_mtu",
  'DEFAULT.ovs_integration_bridge': 'use [ovs] integration_bridge',
  'DEFAULT.rpc_backend': 'use transport_url',
  'DEFAULT.rabbit_host': 'use transport_url',
  'DEFAULT.rabbit_hosts': 'use transport_url',
  'DEFAULT.lock_path': 'nothing is locked through files',
  'oslo_concurrency.lock_path': 'nothing is locked through files',
  'DEFAULT.api_paste_config': 'the order of filters is fixed',
  'DEFAULT.verbose': 'what an operator should see is always logged; use debug for more',
  'DEFAULT.auth_url': GONE_LOOKUP,
  'DEFAULT.auth_region': GONE_LOOKUP,
  'DEFAULT.admin_user': GONE_LOOKUP,
  'DEFAULT.admin_password': GONE_LOOKUP,
  'DEFAULT.admin_tenant_name': GONE_LOOKUP,
  'keystone_authtoken.auth_url': GONE_TOKEN,
  'keystone_authtoken.auth_uri': GONE_TOKEN,
  'keystone_authtoken.identity_uri': GONE_TOKEN,
  'keystone_authtoken.auth_region': GONE_TOKEN,
  'keystone_authtoken.admin_user': GONE_TOKEN,
  'keystone_authtoken.admin_password': GONE_TOKEN,
  'keystone_authtoken.admin_tenant_name': GONE_TOKEN,
  'agent.root_helper': 'the agent runs as root or with the capabilities it needs',
  'agent.root_helper_daemon': 'the agent runs as root or with the capabilities it needs',
  'agent.polling_interval': 'the agent is woken by Open vSwitch, it does not poll',
  'agent.minimize_polling': 'the agent is woken by Open vSwitch, it does not poll',
  'agent.prevent_arp_spoofing': ALWAYS_ON,
  'ovs.use_veth_interconnection': 'bridges are joined by patch ports',
}

const INERT: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(NAMES).map(([section, names]) => [section, new Set(names.trim().split(/\s+/))]),
)

export function isInertSection(section: string): boolean {
  return INERT.has(section)
}

/** Why setting it changes nothing; null when upstream has no such option either. Pure. */
export function inertReason(section: string, option: string): string | null {
  if (!INERT.get(section)?.has(option)) return null
  return REASONS[`${section}.${option}`] ?? 'it has no effect in this release'
}
