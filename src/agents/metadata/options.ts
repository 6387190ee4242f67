/**
 * Options of the metadata agent, and of the proxies other agents run for it.
 * Source: the configuration reference, metadata_agent.ini.
 */
import { boolean, defineOptions, port, string } from '#config/options.ts'

/** For every agent that runs metadata proxies, and for the metadata agent they speak to. */
export const metadataProxy = defineOptions('DEFAULT', {
  metadata_proxy_socket: string({
    default: '$state_path/metadata_proxy',
    help: 'The Unix socket the metadata agent listens on and metadata proxies speak to.',
  }),
})

export const metadata = defineOptions('DEFAULT', {
  nova_metadata_host: string({
    default: '127.0.0.1',
    deprecated: [{ name: 'nova_metadata_ip' }],
    help: "Host name or address of Nova's metadata API.",
  }),
  nova_metadata_port: port({ default: 8775, help: "TCP port of Nova's metadata API." }),
  nova_metadata_protocol: string({
    default: 'http',
    choices: ['http', 'https'],
    help: "How Nova's metadata API is spoken to.",
  }),
  nova_metadata_insecure: boolean({ default: false, help: "Do not check the certificate of Nova's metadata API." }),
  nova_client_cert: string({ default: '', help: "Client certificate for Nova's metadata API, a PEM file." }),
  nova_client_priv_key: string({ default: '', help: 'Its private key, a PEM file.' }),
  auth_ca_cert: string({ help: "Certificate authorities for Nova's metadata API, a PEM file." }),
  metadata_proxy_shared_secret: string({
    default: '',
    secret: true,
    help: "Signs the instance's id for Nova, which must have the same in [neutron] metadata_proxy_shared_secret.",
  }),
  metadata_proxy_socket_mode: string({
    default: 'deduce',
    choices: ['deduce', 'user', 'group', 'all'],
    help: 'Who may speak to the socket: user 0644, group 0664, all 0666; deduce: user, as proxies run in the agents.',
  }),
})
