/**
 * `clouds.yaml`: how the openstack client, SDKs and Terraform find this host. Two clouds: `neutrino-admin`, an
 * administrator of the project `admin`, and `neutrino-demo`, a member of the project `demo`. Pure.
 * Source: openstacksdk, "Configuration".
 */
export interface CloudsYaml {
  /** `http://127.0.0.1:5000/v3` */
  readonly authUrl: string
  readonly region: string
  readonly adminPassword: string
  readonly demoPassword: string
}

export const ADMIN_CLOUD = 'neutrino-admin'
export const MEMBER_CLOUD = 'neutrino-demo'

export function renderCloudsYaml({ authUrl, region, adminPassword, demoPassword }: CloudsYaml): string {
  const cloud = (name: string, user: string, password: string) => `  ${name}:
    auth:
      auth_url: ${JSON.stringify(authUrl)}
      username: ${user}
      password: ${JSON.stringify(password)}
      project_name: ${user}
      user_domain_name: Default
      project_domain_name: Default
    region_name: ${JSON.stringify(region)}
    identity_api_version: 3
`
  return `clouds:\n${cloud(ADMIN_CLOUD, 'admin', adminPassword)}${cloud(MEMBER_CLOUD, 'demo', demoPassword)}`
}

/** For `auth_strategy = noauth`: no identity is asked, requests go straight to the network service. */
export function renderNoauthCloudsYaml(networkUrl: string): string {
  return `clouds:\n  ${ADMIN_CLOUD}:\n    auth_type: none\n    auth:\n      endpoint: ${JSON.stringify(networkUrl)}\n`
}
