/**
 * What differs between two equal worlds, made equal: ids, MACs, times, request ids, URLs. What stands for an id is as
 * wide as it was, so that tables keep their shape. Pure but for the order in which it meets ids.
 */
import type { Outcome } from './clients.ts'

const DEPRECATION = /^neutron CLI is deprecated and will be removed in the Z cycle\. Use openstack CLI instead\.\n/
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const PROJECT = /\b[0-9a-f]{32}\b/g
const MAC = /\bfa:16:3e(?::[0-9a-f]{2}){3}\b/g
const TIME = /\b\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:\.\d+)?(Z?)/g
/** Of tunnels: the server takes any that is free, small ones too. */
const TUNNEL = /(segmentation_id\W+?)(\d{1,8})(?!\d)( *)/g
const SERVER = /\bhttp:\/\/127\.0\.0\.1:\d+/g
const REQUEST = /\breq-[0-9a-f-]{36}/g

/** Remembers what it has met, in the order it met it: one of these for each client and topic. */
export class Normaliser {
  readonly #met = new Map<string, string>()
  #turn = 0

  /** `names`: what is called the same in both worlds, by what it is there. */
  constructor(names: ReadonlyMap<string, string>) {
    for (const [name, value] of names) this.#met.set(value, fit(`<${name}>`, value.length))
  }

  /** Of the same world, seen by two clients: only what belongs to one request differs. */
  static requestsOnly({ status, out, err }: Outcome): Outcome {
    const plain = (text: string) => text.replace(REQUEST, 'req-…').replace(DEPRECATION, '')
    return { status, out: plain(out), err: plain(err) }
  }

  /** Where clocks go on while both look. */
  static withoutTimes({ status, out, err }: Outcome): Outcome {
    return { status, out: out.replace(TIME, 'TIME'), err: err.replace(TIME, 'TIME') }
  }

  of({ status, out, err }: Outcome): Outcome {
    return { status, out: this.#text(out), err: this.#text(err.replace(DEPRECATION, '')) }
  }

  #text(text: string): string {
    return text
      .replace(REQUEST, 'req-…')
      .replace(SERVER, 'http://server')
      .replace(UUID, (id) => this.#stand(id, 'uuid'))
      .replace(PROJECT, (id) => this.#stand(id, 'project'))
      .replace(MAC, (mac) => this.#stand(mac, 'mac'))
      .replace(TUNNEL, (all, before: string, _id: string, pad: string) =>
        pad === '' ? `${before}<id>` : fit(`${before}<id>`, all.length),
      )
      .replace(TIME, (time, between: string, zone: string) => fit(`2000-01-01${between}00:00:00${zone}`, time.length))
  }

  #stand(value: string, kind: string): string {
    let met = this.#met.get(value)
    if (met === undefined) {
      this.#turn += 1
      met = fit(`<${kind} ${this.#turn}>`, value.length)
      this.#met.set(value, met)
    }
    return met
  }
}

function fit(text: string, width: number): string {
  return text.padEnd(width, '.').slice(0, width)
}
