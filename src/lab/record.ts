/**
 * Records of instances: one directory each below STATE/instances, written before anything is made and removed after
 * everything is gone, so that whatever a killed command leaves behind is found by the next one.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type LeaseFacts, readLease } from './dhcp-client.ts'

export interface InstanceRecord {
  readonly name: string
  /** The port's device_id, as Nova's instance uuid is. */
  readonly id: string
  /** `building` by the process `builder`, or what is left of it when that process is gone. */
  readonly status: 'building' | 'active' | 'deleting'
  readonly builder: number
  readonly netns: string
  /** The port's and the network's, once they are known. */
  readonly project_id: string
  readonly network_id: string
  readonly port_id: string
  readonly mac: string
  readonly mtu: number
  readonly device: string
  readonly fixed_ips: readonly string[]
  readonly security_groups: readonly string[]
  readonly user_data: string | null
  /** Public SSH keys by their name. */
  readonly keys: { readonly [name: string]: string }
  readonly created_at: string
}

export interface Instance extends InstanceRecord {
  readonly directory: string
  readonly lease: LeaseFacts | null
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

export function isInstanceName(name: string): boolean {
  return NAME.test(name)
}

export class Records {
  readonly #directory: string

  /** `STATE/instances` */
  constructor(directory: string) {
    this.#directory = directory
  }

  directoryOf(name: string): string {
    return `${this.#directory}/${name}`
  }

  find(name: string): Instance | null {
    const directory = this.directoryOf(name)
    const file = `${directory}/instance.json`
    if (!isInstanceName(name) || !existsSync(file)) return null
    return { ...(JSON.parse(readFileSync(file, 'utf8')) as InstanceRecord), directory, lease: readLease(directory) }
  }

  /** By name. */
  list(): Instance[] {
    if (!existsSync(this.#directory)) return []
    return readdirSync(this.#directory)
      .sort()
      .flatMap((name) => this.find(name) ?? [])
  }

  findById(id: string): Instance | null {
    return this.list().find((instance) => instance.id === id) ?? null
  }

  /** Makes the record; false when there is one already. */
  claim(record: InstanceRecord): boolean {
    mkdirSync(this.#directory, { recursive: true })
    const directory = this.directoryOf(record.name)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    try {
      writeFileSync(`${directory}/instance.json`, JSON.stringify(record, null, 2), { flag: 'wx', mode: 0o600 })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  }

  write(instance: InstanceRecord | Instance): void {
    const file = `${this.directoryOf(instance.name)}/instance.json`
    // What is read elsewhere each time is not kept here too.
    const record = { ...instance, directory: undefined, lease: undefined }
    writeFileSync(`${file}.new`, JSON.stringify(record, null, 2), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }

  remove(name: string): void {
    rmSync(this.directoryOf(name), { recursive: true, force: true })
  }
}
