/**
 * What is being waited for, on stderr: on a terminal one line that is drawn again every second with the time it has
 * taken so far, elsewhere a line for each change.
 */

const REDRAW_MS = 1_000
const CLEAR_LINE = '\r\u{1b}[K'

export interface ProgressOutput {
  write(text: string): void
  readonly isTTY: boolean
  readonly columns: number
}

/** `null` ends it and leaves nothing behind on a terminal. */
export type Progress = (text: string | null) => void

export function progressOn(output: ProgressOutput, now: () => number = () => performance.now()): Progress {
  let shown: string | null = null
  let started = 0
  let timer: NodeJS.Timeout | null = null
  const draw = () => {
    const seconds = Math.floor((now() - started) / 1000)
    if (shown !== null) output.write(`${CLEAR_LINE}${fitted(shown, ` ${seconds} s`, output.columns)}`)
  }
  return (text) => {
    if (text === null) {
      if (timer !== null) clearInterval(timer)
      if (shown !== null && output.isTTY) output.write(CLEAR_LINE)
      shown = null
      timer = null
      return
    }
    if (shown === null) started = now()
    const changed = text !== shown
    shown = text
    if (output.isTTY) {
      draw()
      timer ??= setInterval(draw, REDRAW_MS).unref()
    } else if (changed) output.write(`${text}\n`)
  }
}

/** On one line, or the terminal would scroll. */
function fitted(text: string, end: string, columns: number): string {
  const room = (columns > 0 ? columns : 80) - 1 - end.length
  return (text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text) + end
}
