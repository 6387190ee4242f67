/** What a person sees of a longer command: a line per step with its outcome and time, a waiting line while it runs. */
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export interface Outcome {
  readonly title: string
  readonly ok: boolean
  readonly ms: number
  readonly detail: string
}

export interface Terminal {
  heading(text: string): void
  line(text?: string): void
  /** Runs a step and prints how it ended. What it answers is printed as its detail; an exception is a failed step. */
  step(title: string, run: () => Promise<string>): Promise<Outcome>
  paint(style: Style, text: string): string
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const TITLE_WIDTH = 52

export function createTerminal(out: NodeJS.WriteStream): Terminal {
  const paint = (style: Style, text: string) => styleText(style, text, { stream: out })
  outlive(out)
  const line = (text = '') => {
    out.write(`${text}\n`)
  }
  return {
    paint,
    line,
    heading: (text) => line(`\n${paint('bold', text)}`),
    async step(title, run) {
      const stop = waiting(out, title)
      const started = performance.now()
      const outcome = await run().then(
        (detail) => ({ ok: true, detail }),
        (error: unknown) => ({ ok: false, detail: error instanceof Error ? error.message : String(error) }),
      )
      stop()
      const ms = performance.now() - started
      const mark = outcome.ok ? paint('green', '✔') : paint('red', '✖')
      line(
        `  ${mark} ${title.padEnd(TITLE_WIDTH)} ${paint('dim', duration(ms).padStart(7))}  ${paint(outcome.ok ? 'dim' : 'red', outcome.detail)}`,
      )
      return { title, ms, ...outcome }
    },
  }
}

/** Whoever read the output may leave (`neutrino up | head`, a closed window): that is no reason to end. */
function outlive(out: NodeJS.WriteStream): void {
  out.on('error', () => {})
}

/** Pure. `87 ms`, `1.25 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`
}

/** On a terminal only: a line that moves until it is stopped, and then is gone. */
function waiting(out: NodeJS.WriteStream, title: string): () => void {
  if (!out.isTTY) return () => {}
  let frame = 0
  const draw = () => {
    out.write(`\r  ${FRAMES[frame % FRAMES.length]} ${title}`)
    frame += 1
  }
  draw()
  const timer = setInterval(draw, 100)
  return () => {
    clearInterval(timer)
    out.write(`\r${' '.repeat(title.length + 4)}\r`)
  }
}
