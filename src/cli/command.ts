/**
 * The contract of the command line: what an argument, a command, a call and an answer are, and what a feature's
 * `cli.ts` may say. Data and types only.
 * Source: argparse's and cliff's behaviour as the `neutron` command showed it.
 */
import type { Json, JsonObject } from '#base/json.ts'
import type { Outlines } from './outline.ts'

/** An argument as argparse knows them, as data. */
export interface Argument {
  /** `['-F', '--field']`; absent: positional. */
  readonly flags?: readonly string[]
  /** Under which its value stands in `Call.args`. */
  readonly name: string
  /** What stands for the value in usage; by default the name in capitals (its choices, if it has some). */
  readonly metavar?: string
  /** Absent: not shown in usage and help (`--tenant_id`). */
  readonly help?: string
  readonly nargs?: '?' | '*' | '+' | number
  readonly choices?: readonly (string | number)[]
  /**
   * How a word becomes a value; by default as it is. A function throws `BadArgument` with what is wrong:
   * `argument --x: <that>`.
   */
  readonly type?: 'integer' | 'float' | ((text: string) => Json)
  /**
   * `store` by default; `true`, `false` and `const` take no value. `append` gives a list, `count` a number; `help` stops
   * parsing.
   */
  readonly action?: 'store' | 'true' | 'false' | 'const' | 'append' | 'count' | 'help'
  /** The value of `const`. */
  readonly const?: Json
  /** Without it, what is not on the command line is undefined in `Call.args` (false for `true`, true for `false`). */
  readonly default?: Json
  /** An option that must be there. */
  readonly required?: boolean
  /** Help shows it, usage does not: an option of ours, so that usage stays upstream's. */
  readonly unlisted?: true
  /** argparse's argument group it is shown in. */
  readonly group?: string | { readonly title: string; readonly description: string }
  /** Options with the same word exclude each other. */
  readonly exclusive?: string
}

/** What is wrong with an argument's value, thrown by `Argument.type`. */
export class BadArgument extends Error {
  override name = 'BadArgument'
}

export type Output =
  | {
      readonly kind: 'list'
      readonly columns: readonly string[]
      readonly rows: readonly (readonly Json[])[]
      /** The columns are those that were asked for, under other names. */
      readonly renamed?: true
    }
  | { readonly kind: 'show'; readonly columns: readonly string[]; readonly values: readonly Json[] }
  | { readonly kind: 'text'; readonly text: string }
  | null

export interface Command {
  /** `net-list`, `explain port`: words separated by a space; the longest that matches wins. */
  readonly name: string
  /** Its line in `neutron help`. */
  readonly summary: string
  /** What `neutron help NAME` says of it; by default the summary. */
  readonly description?: string
  readonly arguments: readonly Argument[]
  /** Adds cliff's formatter arguments: `-f`, `-c`, `--max-width`, … */
  readonly output?: 'list' | 'show'
  /**
   * Unknown `--key value` are read as value specs into `Call.values`, or passed over as upstream's `-show` and `-delete`
   * do it; without it they are refused.
   */
  readonly unknown?: 'values' | 'ignored'
  /**
   * After parsing, before the value specs are read: may move words that argparse could not place (the CIDR of
   * subnet-create, written away from its network).
   */
  readonly place?: (args: Record<string, Json | undefined>, unknown: string[]) => void
  run(call: Call): Promise<Output>
}

/** A command whose code is loaded when it is asked for: what a process hands in beside the faces. */
export interface LazyCommand {
  readonly name: string
  readonly summary: string
  /** Asks no server: it runs without credentials, and its client is opened only when it is used. */
  readonly offline?: true
  load(): Promise<Command>
}

export interface Call {
  readonly args: Readonly<Record<string, Json | undefined>>
  /** Unknown options, read; underscores for dashes. */
  readonly values: Readonly<Record<string, Json>>
  /** What `-f` says; `table` by default. Formatters for people apply to `table` alone. */
  readonly format: string
  readonly client: Client
  /** The server's resources, by singular name: `definitions.port_forwarding` is undefined where nobody defines it. */
  readonly definitions: Outlines
  /** Text on stdout as it is, at once: what is written over again by `\r`. */
  write(text: string): void
  /** One line on stdout. */
  print(line: string): void
  /** One line on stderr. */
  warn(line: string): void
  /** What is being waited for, on stderr; null when it is over. */
  progress(text: string | null): void
  /** The output as text, as it will be printed. */
  render(output: Output): string
  readonly terminal: Terminal
  /** Aborted by ^C. */
  readonly signal: AbortSignal
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Terminal {
  readonly isTTY: boolean
  /** 0 where the width is not known. */
  readonly columns: number
  /** The text in that colour; unchanged where there is no terminal or NO_COLOR is set. */
  paint(colour: 'red' | 'green' | 'yellow' | 'blue' | 'dim' | 'bold', text: string): string
}

export type Query = { readonly [key: string]: Json | undefined }

/** The API, with credentials. A status of 400 and more is thrown as `HttpError`. */
export interface Client {
  /** `path` below `/v2.0`, from `/`. A list in the query repeats its key. */
  request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    options?: { readonly query?: Query; readonly body?: Json },
  ): Promise<Answer>
  /** All pages: the objects below `collection`, the path's last word by default. */
  list(path: string, query?: Query, collection?: string): Promise<JsonObject[]>
  /** Who asks; null where no identity service was asked. */
  session(): Promise<Session | null>
  endpoint(): Promise<string>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Json
}

export interface Session {
  readonly token: string
  readonly projectId: string | null
  readonly userId: string | null
  readonly roles: readonly string[]
}

/** A formatter for people: the text in a column for an item of the list. */
export type Formatter = (item: JsonObject) => string

interface VerbFace {
  readonly summary?: string
  readonly description?: string
  /** Upstream's name where it is not `<noun>-<verb>`. */
  readonly name?: string
  /** Known arguments, behind those that every command of its kind has. */
  readonly arguments?: readonly Argument[]
}

export interface ListFace extends VerbFace {
  /** Shown without `-c`, in that order, of what the answer has; all, sorted, by default. */
  readonly columns?: readonly string[]
  readonly formatters?: { readonly [column: string]: Formatter }
  readonly csvFormatters?: { readonly [column: string]: Formatter }
  /** What stands above a column instead of its name, where `shown` says so; `-c` always takes both. */
  readonly headers?: { readonly titles: { readonly [column: string]: string }; readonly shown: (call: Call) => boolean }
  /** Shown as `filtering arguments`, sent as they are named where they are given. */
  readonly filters?: readonly Argument[]
  /** `--sort-key` and `--sort-dir`, `-P`; both by default. */
  readonly sorting?: false
  readonly paging?: false
  /** Where the list is, below another path than the resource's: `/agents/{id}/dhcp-networks`. */
  readonly path?: (call: Call) => string | Promise<string>
  /** More of the query, from the arguments. */
  readonly query?: (call: Call) => Query | Promise<Query>
  /** The items with what is looked up for them: for all at once, never one by one. */
  readonly extend?: (items: JsonObject[], call: Call) => Promise<JsonObject[]>
}

export interface ShowFace extends VerbFace {
  /** Spaces by which nested objects are indented in a table; on one line by default. */
  readonly indent?: number
  /** Help of the argument that names the object. */
  readonly help?: string
}

export interface CreateFace extends VerbFace {
  /** What known arguments become in the body; unknown options are added to it. By default each under its name. */
  readonly body?: (call: Call) => JsonObject | Promise<JsonObject>
  readonly place?: NonNullable<Command['place']>
}

/** A command for an action of the definition: `PUT …/{id}/<action>`. */
export interface ActionFace extends CreateFace {
  /** The request is the body itself; it stands below the resource's name by default. */
  readonly bare?: true
  /** Help of the argument that names the object. */
  readonly help?: string
}

export interface UpdateFace extends CreateFace {
  readonly help?: string
}

export interface DeleteFace extends VerbFace {
  readonly help?: string
  /** One at a time, as upstream's had it; several by default. */
  readonly bulk?: false
}

/** What a definition cannot say of a resource's commands. `false`: there is no such command. */
export interface ResourceFace {
  /** `net` of `net-list`; by default the resource's name with dashes. */
  readonly noun?: string
  /** What messages, and in capitals metavars, call one; by default the singular in bodies. */
  readonly called?: string
  /** What messages of update and delete call one where that differs (`qos_policy`); by default its name. */
  readonly resource?: string
  /** Found by id alone; by default also by name, where it has one. */
  readonly names?: false
  readonly list?: ListFace | false
  /** More lists of the resource, each under a name of its own: `net-external-list`. */
  readonly lists?: readonly (ListFace & { readonly name: string })[]
  readonly show?: ShowFace | false
  readonly create?: CreateFace | false
  readonly update?: UpdateFace | false
  readonly delete?: DeleteFace | false
  /** By name of the action. */
  readonly actions?: { readonly [action: string]: ActionFace | false }
}

/** The face of a feature for the command line: the default export of its `cli.ts`. */
export interface Face {
  /** What the server serves without a definition, by singular name; `resources` may speak of them too. */
  readonly outlines?: Outlines
  /** By singular name of the definition. */
  readonly resources?: { readonly [resource: string]: ResourceFace }
  /** Lists of resources that another face speaks of: `net-list-on-dhcp-agent` of DHCP's scheduler. */
  readonly lists?: { readonly [resource: string]: readonly (ListFace & { readonly name: string })[] }
  /** Commands of its own. */
  readonly commands?: readonly Command[]
}

export function defineCli(face: Face): Face {
  return face
}
