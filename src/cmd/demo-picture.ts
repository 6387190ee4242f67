/** The topology the demo has built, drawn in the terminal. Pure: facts in, text out. */

export interface PictureInstance {
  readonly name: string
  readonly address: string
  readonly floatingIp?: string
}

export interface PictureNetwork {
  readonly name: string
  readonly cidr: string
  /** Null: no router serves it. */
  readonly gateway: string | null
  readonly dnsmasq: string
  readonly instances: readonly PictureInstance[]
}

export interface Picture {
  readonly external: { readonly name: string; readonly cidr: string; readonly host: string }
  readonly router: { readonly name: string; readonly address: string }
  readonly networks: readonly PictureNetwork[]
  /** Another project's, with the same addresses and no way here. */
  readonly apart: { readonly project: string; readonly network: PictureNetwork }
}

const WIDTH = 46

export function drawPicture({ external, router, networks, apart }: Picture): string {
  const trunk = [
    ...box([`outside host ${external.host}`]),
    ...pipe(),
    ...bar(`${external.name} ${external.cidr}`, '═'),
    ...pipe(),
    ...box([`router ${router.name}`, `SNAT and floating IPs at ${router.address}`]),
  ]
  const own = networks.flatMap((network) => [...pipe(), ...drawNetwork(network)])
  const other = ['', `   project ${apart.project}: the same CIDR, no way across`, ...drawNetwork(apart.network)]
  return [...trunk, ...own, ...other].map((line) => `  ${line}`).join('\n')
}

function drawNetwork({ name, cidr, gateway, dnsmasq, instances }: PictureNetwork): string[] {
  return [
    ...bar(`${name} ${cidr}`, '─'),
    ...(gateway === null ? [] : [`     ├─ router ${gateway}`]),
    `     ├─ dnsmasq ${dnsmasq}`,
    ...instances.map(({ name: instance, address, floatingIp }, index) => {
      const branch = index === instances.length - 1 ? '└' : '├'
      return `     ${branch}─ ${instance} ${address}${floatingIp ? `  ⇄  ${floatingIp}` : ''}`
    }),
  ]
}

function box(lines: readonly string[]): string[] {
  const width = Math.max(...lines.map((line) => line.length))
  return [
    `   ┌${'─'.repeat(width + 2)}┐`,
    ...lines.map((line) => `   │ ${line.padEnd(width)} │`),
    `   └──┬${'─'.repeat(width - 1)}┘`,
  ]
}

function bar(title: string, sign: string): string[] {
  return [`   ${sign.repeat(2)} ${title} ${sign.repeat(Math.max(2, WIDTH - title.length))}`]
}

function pipe(): string[] {
  return ['      │']
}
