/**
 * How options are declared: data beside the code that reads them (`options.ts` of each feature, agent and machine). The
 * reader, the checks at start and the sample files are made from these. Reading files is config.ts's work.
 * Source: oslo.config's option types; names, defaults and meanings as in the configuration reference.
 */

/** An older place the value is also taken from. */
export interface OldName {
  readonly section?: string
  readonly name: string
}

interface Common {
  readonly help: string
  /** Older names, newest first. */
  readonly deprecated?: readonly OldName[]
  /** Given in place of the value in samples when the default depends on the machine. */
  readonly sampleDefault?: string
  /** Never printed or logged. */
  readonly secret?: true
  /** Re-read on SIGHUP. */
  readonly mutable?: true
}

export type OptionType = 'string' | 'integer' | 'float' | 'boolean' | 'port' | 'ip' | 'list' | 'dict' | 'multi'

export interface Option<Value> extends Common {
  readonly type: OptionType
  readonly default: Value
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  /** Type of a list's items or a dict's values; string by default. */
  readonly item?: 'string' | 'integer'
  /** A further check of the parsed value: the reason it is refused, or null. */
  check?(value: Value): string | null
}

/** The options of one section, which may be declared in several places; equal names must be the same object. */
export interface OptionGroup<
  Options extends { readonly [name: string]: Option<unknown> } = { readonly [name: string]: Option<unknown> },
> {
  readonly section: string
  readonly options: Options
}

export type Values<Group> =
  Group extends OptionGroup<infer Options>
    ? { readonly [Name in keyof Options]: Options[Name] extends Option<infer Value> ? Value : never }
    : never

export function defineOptions<const Options extends { readonly [name: string]: Option<unknown> }>(
  section: string,
  options: Options,
): { readonly section: string; readonly options: Options } {
  return { section, options }
}

type Given<Value> = Common & { check?(value: Value): string | null }
type Maker<Value, Extra> = {
  (given: Given<Value> & Extra & { readonly default: Value }): Option<Value>
  (given: Given<Value | null> & Extra & { readonly default?: undefined }): Option<Value | null>
}

function maker<Value, Extra = unknown>(type: OptionType): Maker<Value, Extra> {
  const make = (given: Given<never> & { readonly default?: unknown }) => ({
    ...given,
    type,
    default: given.default ?? null,
  })
  return make as unknown as Maker<Value, Extra>
}

export const string: Maker<string, { readonly choices?: readonly string[] }> = maker('string')
export const integer: Maker<number, { readonly min?: number; readonly max?: number }> = maker('integer')
export const float: Maker<number, { readonly min?: number; readonly max?: number }> = maker('float')
export const boolean: Maker<boolean, unknown> = maker('boolean')
export const port: Maker<number, unknown> = maker('port')
export const ip: Maker<string, unknown> = maker('ip')
/** Comma-separated. */
export const list: Maker<readonly string[], { readonly choices?: readonly string[] }> = maker('list')
/** `key:value,key:value` */
export const dict: Maker<{ readonly [key: string]: string }, unknown> = maker('dict')
/** One value per line, the key repeated. */
export const multi: Maker<readonly string[], unknown> = maker('multi')

/** What a process reads its options from. Values are substituted and checked when the files are loaded. */
export interface Config {
  /** The values of a declared group. */
  of<Options extends { readonly [name: string]: Option<unknown> }>(group: {
    readonly section: string
    readonly options: Options
  }): { readonly [Name in keyof Options]: Options[Name] extends Option<infer Value> ? Value : never }
}
