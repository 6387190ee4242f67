/**
 * Writes the log: one event a line, as text like upstream's (`time pid LEVEL name event field=value …`) or as JSON, to
 * standard error or to a file that SIGHUP opens again. Source: oslo.log's default line.
 */
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { Fields, Log } from '#base/log.ts'

export interface LogOptions {
  readonly name: string
  readonly debug: boolean
  readonly json: boolean
  /** Null: standard error. */
  readonly file: string | null
}

export interface ProcessLog extends Log {
  setDebug(debug: boolean): void
  reopen(): void
  flush(): void
}

const LEVELS: Readonly<Record<string, string>> = { 20: 'DEBUG', 30: 'INFO', 40: 'WARNING', 50: 'ERROR' }

/** @throws when the file cannot be opened. */
export async function createLog({ name, debug, json, file }: LogOptions): Promise<ProcessLog> {
  if (file !== null) makeSureOf(file)
  const destination = pino.destination({ dest: file ?? 2, sync: file === null })
  if (file !== null) await once(destination, 'ready')
  // A full disk ends the log until there is room again, not the service.
  let full = false
  destination.on('error', () => {
    full = true
  })
  destination.on('write', () => {
    full = false
  })
  const level = debug ? 'debug' : 'info'
  const settings = { name, level, base: { pid: process.pid }, serializers: { error: serializeError } }
  const logger = json
    ? pino(settings, destination)
    : pino(settings, { write: (line: string) => destination.write(textLine(name, line)) } satisfies DestinationStream)
  return {
    ...logOver(logger),
    setDebug: (on) => {
      logger.level = on ? 'debug' : 'info'
    },
    reopen: () => file !== null && destination.reopen(),
    // What waits for room would be tried for ever.
    flush: () => (full ? destination.destroy() : destination.flushSync()),
  }
}

/** pino would say later, and from nowhere, that a file cannot be opened. */
function makeSureOf(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  closeSync(openSync(file, 'a'))
}

function logOver(logger: Logger): Log {
  return {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
    child: (fields: Fields) => logOver(logger.child(fields)),
  }
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: serializeError(error.cause) }),
  }
}

function textLine(name: string, line: string): string {
  const { time, level, msg, pid, name: _name, error, ...fields } = JSON.parse(line) as Record<string, unknown>
  const at = new Date(Number(time)).toISOString().slice(0, 23).replace('T', ' ')
  const pairs = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const { stack, message } = (error ?? {}) as { stack?: string; message?: string }
  const failure =
    error === undefined ? '' : ` error=${message ?? JSON.stringify(error)}${level === 50 && stack ? `\n${stack}` : ''}`
  return `${at} ${String(pid)} ${LEVELS[String(level)] ?? String(level)} ${name} ${[msg, ...pairs].join(' ')}${failure}\n`
}
