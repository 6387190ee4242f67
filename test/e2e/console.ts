/**
 * Console sessions of a guide: commands behind `$ `, and what they print. Run in one shell, one after the other; what
 * comes out is compared by its shape, as ids, times and addresses differ each time.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Step {
  /** As it is typed; lines that end with a backslash go on. */
  readonly command: string
  /** What the page says it prints. A line `…` stands for any lines. */
  readonly printed: string
  /** Of the page, for messages. */
  readonly line: number
}

/** The steps of all ```console blocks of a page, in order. Pure. */
export function consoleSteps(page: string): Step[] {
  const steps: { command: string; printed: string[]; line: number }[] = []
  let inside = false
  let open = false
  page.split('\n').forEach((text, index) => {
    if (text.startsWith('```')) {
      inside = text === '```console'
      open = false
    } else if (inside && (open || text.startsWith('$ '))) {
      if (open) steps.at(-1)!.command += `\n${text.replace(/^> /, '')}`
      else steps.push({ command: text.slice(2), printed: [], line: index + 1 })
      open = text.endsWith('\\')
    } else if (inside) {
      steps.at(-1)?.printed.push(text)
    }
  })
  return steps.map(({ printed, ...step }) => ({ ...step, printed: printed.join('\n') }))
}

const MARK = 'ended-here-'

/** What each command prints, stdout and stderr together. @throws when the shell does not get through */
export async function runSteps(
  steps: readonly Step[],
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<string[]> {
  const script = steps.map(({ command }) => `${command}\nstatus=$?; echo; echo ${MARK}$status; (exit $status)\n`)
  const argv = ['--norc', '-c', `exec 2>&1\n${script.join('')}`]
  const child = spawn('bash', argv, { stdio: ['ignore', 'pipe', 'inherit'], env, cwd: folder })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  await once(child, 'close')
  const printed = out.split(new RegExp(`\\n${MARK}\\d+\\n`)).slice(0, steps.length)
  if (printed.length < steps.length) throw new Error(`the shell ended early:\n${out}`)
  return printed.map((text) => text.replace(/\n$/, ''))
}

/** What is the same each time. Pure. */
export function shapeOf(text: string): string[] {
  return text
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'ID')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'PROJECT')
    .replaceAll(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ\b/g, 'TIME')
    .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC')
    .replaceAll(/\b172\.24\.4\.(?!0\b|1\b)\d+/g, 'OUTSIDE')
    .replaceAll(/\b10\.0\.0\.(?!0\b|1\b)\d+/g, 'INSIDE')
    .replaceAll(/\b\d+ (?:ms|s|min)\b/g, 'WHILE')
    .replaceAll(/[-─═]{3,}/g, '---')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
}

/** Whether those lines are as the page has them, where `…` stands for any lines. Pure. */
export function matches(lines: readonly string[], wanted: readonly string[]): boolean {
  const [first, ...rest] = wanted
  if (first === undefined) return lines.length === 0
  if (first === '…') return lines.some((_, skipped) => matches(lines.slice(skipped), rest)) || rest.length === 0
  return lines[0] === first && matches(lines.slice(1), rest)
}
