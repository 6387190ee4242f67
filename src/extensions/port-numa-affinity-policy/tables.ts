/** How near a port is to be to the processors of its instance. */
import { ports } from '#core/port/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/port/tables.ts' {
  interface Port {
    numa_affinity_policy: 'required' | 'preferred' | 'legacy' | 'socket' | null
  }
}

widen(ports, { numa_affinity_policy: 'text' })
