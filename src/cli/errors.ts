/**
 * What ends a command: a message for stderr and an exit code. Nothing here prints.
 * Source: neutronclient 8.1 exits with 1 after an error and prints its message alone.
 */

export class CliError extends Error {
  override name = 'CliError'
  readonly exitCode: number
  /** Names near to the one that was not found; asked for only when somebody is to read them. */
  meant?: () => Promise<readonly string[]>

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A refusal of the server's, or "there is none" found by asking it. */
export class HttpError extends CliError {
  override name = 'HttpError'
  readonly status: number
  /** `NetworkNotFound`; empty where the answer did not say. */
  readonly type: string

  constructor(message: string, status: number, type = '') {
    super(message)
    this.status = status
    this.type = type
  }
}

/** A name that several have. */
export class NoUniqueMatch extends CliError {
  override name = 'NoUniqueMatch'
}

/** ^C. */
export class Interrupted extends CliError {
  override name = 'Interrupted'

  constructor() {
    super('... terminating neutron client', 130)
  }
}
