/** Why a configuration stops the start: always with the place and the reason, never with a secret's value. */

export interface Place {
  /** A file's path, `environment` or `command line`. */
  readonly file: string
  /** Counted from 1; null where there are no lines. */
  readonly line: number | null
}

export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly file: string
  readonly line: number | null
  /** `[section] name`, or null when the fault is not one option's. */
  readonly option: string | null
  readonly reason: string

  constructor(place: Place, option: string | null, reason: string, options?: ErrorOptions) {
    const where = place.line === null ? place.file : `${place.file}:${place.line}`
    super(option === null ? `${where}: ${reason}` : `${where}: ${option}: ${reason}`, options)
    this.file = place.file
    this.line = place.line
    this.option = option
    this.reason = reason
  }
}
