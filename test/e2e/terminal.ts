/**
 * A real terminal for a program: a tmux server of the test's own, of the test's own size, that nobody else sees. Keys
 * go in as a person's do; what comes out is what a person would read.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '#base/lifetime.ts'

const LOOK_EVERY_MS = 50
const PRESS_EVERY_MS = 300
const WAIT_MS_MAX = 30_000
const ASK_MS_MAX = 10_000
const SETTLED_MS = 100
const CONFIG = `set -g status off
set -g escape-time 0
set -g history-limit 20000
set -g default-terminal screen-256color
`

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  readonly folder?: string
  /** How long `until` and `ended` wait. */
  readonly waitMsMax?: number
}

export interface Terminal extends AsyncDisposable {
  /** Keys by tmux's names: `Enter`, `Tab`, `C-c`, `Up`. */
  press(...keys: readonly string[]): void
  /** These characters, as they are. */
  type(text: string): void
  /** Characters, then Enter. */
  line(text: string): void
  /** What is to be seen, without empty lines at its end. */
  screen(): string
  /** All that was printed, also what has scrolled away; lines as they were written, however wide the terminal. */
  everything(): string
  /** All that was printed, with its colours as escape sequences. */
  coloured(): string
  /** Waits until that is to be seen; answers the screen. @throws with the screen when it does not come. */
  until(wanted: RegExp | ((screen: string) => boolean)): Promise<string>
  /** Presses that key again and again until that is to be seen: Tab shows a list when it is pressed twice. */
  pressUntil(key: string, wanted: RegExp): Promise<string>
  /** Forgets what was printed so far, so that `until` sees only what comes after. */
  clear(): void
  resize(columns: number, rows: number): void
  /** Waits until the program has ended; answers its exit status. */
  ended(): Promise<number>
}

/** Runs the program in a terminal of that size (100 by 40). */
export function openTerminal(argv: readonly string[], options: TerminalOptions = {}): Terminal {
  const { columns = 100, rows = 40, env = {}, folder, waitMsMax = WAIT_MS_MAX } = options
  const own = mkdtempSync(join(tmpdir(), 'neutrino-terminal-'))
  writeFileSync(join(own, 'tmux.conf'), CONFIG)
  const surroundings = {
    ...process.env,
    NO_COLOR: undefined,
    TMUX: undefined,
    LANG: 'C.UTF-8',
    ...env,
    TMUX_TMPDIR: own,
  }
  const tmux = (...words: readonly string[]): string =>
    execFileSync('tmux', ['-u', '-L', 'test', '-f', join(own, 'tmux.conf'), ...words], {
      encoding: 'utf8',
      env: surroundings,
      cwd: folder ?? own,
      timeout: ASK_MS_MAX,
    })
  // tmux does not always tell how a program ended: this shell does, and keeps the terminal as it was left.
  const ending = join(own, 'status')
  const script = 'trap : INT; "$@"; echo $? >"$0.new"; mv "$0.new" "$0"; exec sleep infinity'
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh', '-c', script, ending, ...argv)

  const screen = () => tmux('capture-pane', '-p').trimEnd()
  return {
    press: (...keys) => void tmux('send-keys', ...keys),
    type: (text) => void tmux('send-keys', '-l', '--', text),
    line(text) {
      tmux('send-keys', '-l', '--', text)
      tmux('send-keys', 'Enter')
    },
    screen,
    everything: () => tmux('capture-pane', '-p', '-J', '-S', '-').trimEnd(),
    coloured: () => tmux('capture-pane', '-p', '-e', '-S', '-').trimEnd(),
    async until(wanted) {
      const met = typeof wanted === 'function' ? wanted : (text: string) => wanted.test(text)
      const seen = await poll(screen, met, waitMsMax)
      if (!seen.met) throw new Error(`waited for ${wanted}, and there was:\n${seen.value}`)
      return seen.value
    },
    async pressUntil(key, wanted) {
      const press = () => {
        tmux('send-keys', key)
        return screen()
      }
      const seen = await poll(press, (text) => wanted.test(text), waitMsMax, PRESS_EVERY_MS)
      if (!seen.met) throw new Error(`pressed ${key} for ${wanted}, and there was:\n${seen.value}`)
      return seen.value
    },
    clear() {
      tmux('send-keys', '-R')
      tmux('clear-history')
    },
    resize: (columns, rows) => void tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    async ended() {
      const status = () => (existsSync(ending) ? readFileSync(ending, 'utf8') : '')
      const seen = await poll(status, (text) => text !== '', waitMsMax)
      if (!seen.met) throw new Error(`the program has not ended:\n${screen()}`)
      let before = ''
      for (let now = screen(); now !== before; now = screen()) {
        before = now
        await sleep(SETTLED_MS)
      }
      return Number(seen.value)
    },
    async [Symbol.asyncDispose]() {
      try {
        tmux('kill-server')
      } finally {
        rmSync(own, { recursive: true, force: true })
      }
    },
  }
}

async function poll(
  read: () => string,
  met: (text: string) => boolean,
  waitMsMax: number,
  everyMs = LOOK_EVERY_MS,
): Promise<{ value: string; met: boolean }> {
  const end = performance.now() + waitMsMax
  for (;;) {
    const value = read()
    if (met(value)) return { value, met: true }
    if (performance.now() > end) return { value, met: false }
    await sleep(everyMs)
  }
}
