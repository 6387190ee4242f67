/** Logs are events with fields, not sentences glued from values. What writes them is chosen in cmd/. */
export type Fields = { readonly [field: string]: unknown }

export interface Log {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
  /** A log whose every line also carries these fields. */
  child(fields: Fields): Log
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog }
