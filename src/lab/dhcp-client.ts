/**
 * An instance's DHCP client: the real udhcpc, with a script of ours that puts the lease on the device and writes what
 * it was told into a file. It renews by itself for as long as it lives. Source: udhcpc(8); RFC 2131, RFC 3442.
 */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { sleep } from '#base/lifetime.ts'
import { type Daemon, findDaemon, signalDaemon, stopDaemon } from '#linux/child.ts'
import type { Netns } from '#linux/netns.ts'

/** What the server said, as the client has it. */
export interface LeaseFacts {
  /** `bound`, or `renew` once it was renewed. */
  readonly event: string
  readonly address: string
  readonly prefixLength: number
  readonly router: string | null
  readonly dns: readonly string[]
  readonly domain: string | null
  readonly mtu: number | null
  /** The server's address: which dnsmasq it was. */
  readonly serverId: string
  readonly leaseSeconds: number
  /** Option 121. */
  readonly routes: readonly { readonly destination: string; readonly via: string }[]
  /** Unix time of the answer. */
  readonly at: number
  /** Leases and renewals since the client began. */
  readonly answers: number
}

export interface DhcpClient {
  readonly netns: Netns
  readonly device: string
  /** The instance's own directory: script, pid and lease are kept there. */
  readonly directory: string
  readonly hostname: string
}

const START_MS_MAX = 30_000
const DISCOVERS = '10'
const FIRST_TRIES_MS = 10_000

/** Starts it; resolves when it has a lease, or goes on trying in the background. Idempotent. @throws CommandError */
export async function startDhcpClient({ netns, device, directory, hostname }: DhcpClient): Promise<void> {
  if (await keepsTrying(directory)) return
  rmSync(`${directory}/lease`, { force: true })
  const script = `${directory}/udhcpc.sh`
  writeFileSync(script, renderScript(directory))
  chmodSync(script, 0o700)
  const options = ['-O', 'mtu', '-O', 'staticroutes', '-O', 'search', '-x', `hostname:${hostname}`]
  const timing = ['-b', '-R', '-t', DISCOVERS, '-T', '1', '-A', '1']
  const argv = ['udhcpc', '-i', device, '-s', script, '-p', `${directory}/udhcpc.pid`, ...timing, ...options]
  await netns.run(argv, { timeoutMs: START_MS_MAX })
  // What started it ends before the process in the background has written its own number.
  for (let waitedMs = 0; waitedMs < 1_000 && !findDhcpClient(directory); waitedMs += 5) await sleep(5)
}

/**
 * Whether a client is there already. Whoever started it may have been killed before it had an answer: then this waits
 * as long as its first tries last, or until it dies because nobody reads what it prints.
 */
async function keepsTrying(directory: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < FIRST_TRIES_MS; waitedMs += 20) {
    if (!findDhcpClient(directory)) return false
    if (readLease(directory)) return true
    await sleep(20)
  }
  return true
}

export function findDhcpClient(directory: string): Daemon | null {
  return findDaemon(`${directory}/udhcpc.pid`, (argv) => argv.includes(`${directory}/udhcpc.sh`))
}

/** Asks the server again now. */
export function renewLease(directory: string): boolean {
  const client = findDhcpClient(directory)
  return client !== null && signalDaemon(client, 'SIGUSR1')
}

/** Gives the lease back and stops. */
export async function stopDhcpClient(directory: string): Promise<void> {
  const client = findDhcpClient(directory)
  if (client) await stopDaemon(client)
}

/** Null before the first lease, and after the server took it back. */
export function readLease(directory: string): LeaseFacts | null {
  const file = `${directory}/lease`
  return existsSync(file) ? parseLease(readFileSync(file, 'utf8')) : null
}

/** The script's `name=value` lines. Pure. */
export function parseLease(text: string): LeaseFacts | null {
  const facts = new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=')
      return at > 0 && at < line.length - 1 ? [[line.slice(0, at), line.slice(at + 1)] as const] : []
    }),
  )
  const words = (name: string) => (facts.get(name) ?? '').split(/\s+/).filter((word) => word !== '')
  const address = facts.get('ip')
  if (!address) return null
  const pairs = words('staticroutes')
  return {
    event: facts.get('event') ?? '',
    address,
    prefixLength: Number(facts.get('mask') ?? 32),
    router: words('router')[0] ?? null,
    dns: words('dns'),
    domain: facts.get('domain') ?? null,
    mtu: facts.has('mtu') ? Number(facts.get('mtu')) : null,
    serverId: facts.get('serverid') ?? '',
    leaseSeconds: Number(facts.get('lease') ?? 0),
    routes: pairs.flatMap((destination, index) =>
      index % 2 === 0 ? [{ destination, via: pairs[index + 1] ?? '' }] : [],
    ),
    at: Number(facts.get('at') ?? 0),
    answers: Number(facts.get('answers') ?? 0),
  }
}

const FACTS = 'ip mask subnet router dns domain search mtu serverid lease staticroutes hostname'

/** Routes of option 121 stand in place of the router, as RFC 3442 has it. Pure. */
export function renderScript(directory: string): string {
  return `#!/bin/sh
# Called by udhcpc with the event as its argument and what the server said in its environment.
DIR=${quoted(directory)}
case "$1" in
deconfig)
  rm -f "$DIR/lease"
  ip -4 addr flush dev "$interface"
  ip link set dev "$interface" up
  ;;
bound | renew)
  [ -n "$mtu" ] && ip link set dev "$interface" mtu "$mtu"
  for old in $(ip -4 -o addr show dev "$interface" | awk '{ print $4 }'); do
    [ "$old" = "$ip/$mask" ] || ip addr del "$old" dev "$interface"
  done
  ip addr replace "$ip/$mask" dev "$interface"
  if [ -n "$staticroutes" ]; then
    set -- "$1" $staticroutes
    event=$1
    shift
    while [ $# -ge 2 ]; do
      if [ "$2" = 0.0.0.0 ]; then
        ip route replace "$1" dev "$interface" scope link
      else
        ip route replace "$1" via "$2" dev "$interface" onlink
      fi
      shift 2
    done
  else
    event=$1
    for hop in $router; do
      ip route replace default via "$hop" dev "$interface" onlink
      break
    done
  fi
  answers=$(sed -n 's/^answers=//p' "$DIR/lease" 2>/dev/null)
  {
    echo "event=$event"
    echo "at=$(date +%s)"
    echo "answers=$((\${answers:-0} + 1))"
    for name in ${FACTS}; do
      eval "echo \\"$name=\\$$name\\""
    done
  } >"$DIR/lease.new"
  mv "$DIR/lease.new" "$DIR/lease"
  : >"$DIR/resolv.conf.new"
  for server in $dns; do echo "nameserver $server" >>"$DIR/resolv.conf.new"; done
  mv "$DIR/resolv.conf.new" "$DIR/resolv.conf"
  ;;
esac
exit 0
`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
