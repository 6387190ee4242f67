/** The tables and columns of Open vSwitch's database that are mirrored. Source: ovs-vswitchd.conf.db(5). */
import type { Kind } from './values.ts'

type Strings = { readonly [key: string]: string }

export interface OpenVSwitchRow {
  readonly uuid: string
  readonly bridges: readonly string[]
  readonly cur_cfg: number
  readonly next_cfg: number
  readonly iface_types: readonly string[]
  readonly datapath_types: readonly string[]
}

export interface BridgeRow {
  readonly uuid: string
  readonly name: string
  readonly ports: readonly string[]
  readonly fail_mode: string | null
  readonly datapath_type: string
  readonly mcast_snooping_enable: boolean
  readonly other_config: Strings
  readonly external_ids: Strings
}

export interface PortRow {
  readonly uuid: string
  readonly name: string
  readonly interfaces: readonly string[]
  readonly tag: number | null
  readonly other_config: Strings
}

export interface InterfaceRow {
  readonly uuid: string
  readonly name: string
  readonly type: string
  /** Null until Open vSwitch has made it; -1 when it could not. */
  readonly ofport: number | null
  readonly options: Strings
  readonly external_ids: Strings
  readonly error: string | null
}

export interface Tables {
  readonly Open_vSwitch: OpenVSwitchRow
  readonly Bridge: BridgeRow
  readonly Port: PortRow
  readonly Interface: InterfaceRow
}

export type TableName = keyof Tables

export const COLUMNS: { readonly [Name in TableName]: { readonly [column: string]: Kind } } = {
  Open_vSwitch: { bridges: 'set', cur_cfg: 'atom', next_cfg: 'atom', iface_types: 'set', datapath_types: 'set' },
  Bridge: {
    name: 'atom',
    ports: 'set',
    fail_mode: 'optional',
    datapath_type: 'atom',
    mcast_snooping_enable: 'atom',
    other_config: 'map',
    external_ids: 'map',
  },
  Port: { name: 'atom', interfaces: 'set', tag: 'optional', other_config: 'map' },
  Interface: {
    name: 'atom',
    type: 'atom',
    ofport: 'optional',
    options: 'map',
    external_ids: 'map',
    error: 'optional',
  },
}
