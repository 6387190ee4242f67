/**
 * Connections that Open vSwitch tracks, whichever its datapath: listed and forgotten over ovs-vswitchd's control
 * socket, many in one session. Source: ovs-vswitchd(8) and dpctl(8), `dpctl/dump-conntrack`, `dpctl/flush-conntrack`.
 */
import { readFileSync } from 'node:fs'
import { OperatingError } from '#base/errors.ts'
import { OvsdbError, Session } from '#linux/ovsdb/connection.ts'

const TIMEOUT_MS = 10_000
const DATAPATHS = { netdev: 'netdev@ovs-netdev', system: 'system@ovs-system' } as const

export interface Connections {
  /** Forgets the connections of these zones whose mark is not zero: they were cut and may be allowed anew. */
  forgetMarked(zones: readonly number[]): Promise<void>
  /** Forgets all connections of these zones. */
  forgetZones(zones: readonly number[]): Promise<void>
}

/** `rundir`: where ovs-vswitchd keeps its sockets. */
export function connections(rundir: string, datapathType: 'netdev' | 'system'): Connections {
  const datapath = DATAPATHS[datapathType]

  async function each(zones: readonly number[], act: (session: Session, zone: number) => Promise<void>): Promise<void> {
    if (zones.length === 0) return
    const pid = readFileSync(`${rundir}/ovs-vswitchd.pid`, 'utf8').trim()
    const session = await Session.open({ path: `${rundir}/ovs-vswitchd.${pid}.ctl` }, TIMEOUT_MS, () => {})
    try {
      for (const zone of zones) await act(session, zone)
    } finally {
      session.close()
    }
  }

  return {
    forgetMarked: (zones) =>
      each(zones, async (session, zone) => {
        const text = await session.request('dpctl/dump-conntrack', [datapath, `zone=${zone}`], TIMEOUT_MS)
        for (const tuple of markedTuples(String(text))) {
          await flush(session, datapath, [`zone=${zone}`, tuple]).catch((error: unknown) => {
            // It may have ended by itself meanwhile.
            if (!(error instanceof OperatingError && error.message.includes('No such'))) throw error
          })
        }
      }),
    forgetZones: (zones) => each(zones, (session, zone) => flush(session, datapath, [`zone=${zone}`])),
  }
}

/** Open vSwitch 3.1 takes the datapath for a field, as long as there is only one; the only one is the default. */
async function flush(session: Session, datapath: string, args: readonly string[]): Promise<void> {
  await session.request('dpctl/flush-conntrack', [datapath, ...args], TIMEOUT_MS).catch(async (error: unknown) => {
    if (!(error instanceof OvsdbError && error.error.includes('missing value'))) throw error
    await session.request('dpctl/flush-conntrack', [...args], TIMEOUT_MS)
  })
}

/** Pure. The tuples, as `flush-conntrack` takes them, of the listed connections that carry a mark. */
export function markedTuples(dump: string): string[] {
  return dump.split('\n').flatMap((line) => {
    if (!/,mark=[1-9]/.test(line)) return []
    const [, proto, orig] = /^(\w+),orig=\(([^)]*)\)/.exec(line.trim()) ?? []
    if (proto === undefined || orig === undefined) return []
    const fields = Object.fromEntries(orig.split(',').map((pair) => pair.split('=') as [string, string]))
    const number = PROTOCOLS[proto] ?? Number(proto)
    if (!Number.isInteger(number)) return []
    const family = fields.src!.includes(':') ? 'ct_ipv6' : 'ct_nw'
    const ports =
      fields.sport !== undefined
        ? [`ct_tp_src=${fields.sport}`, `ct_tp_dst=${fields.dport}`]
        : fields.type !== undefined
          ? [`icmp_type=${fields.type}`, `icmp_code=${fields.code}`, `icmp_id=${fields.id}`]
          : []
    return [[`${family}_src=${fields.src}`, `${family}_dst=${fields.dst}`, `ct_nw_proto=${number}`, ...ports].join(',')]
  })
}

const PROTOCOLS: { readonly [name: string]: number } = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
}
