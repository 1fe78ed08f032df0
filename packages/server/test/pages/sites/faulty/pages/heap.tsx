import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Load } from '@evenkeel/server/page'

/** What its process holds after a collection. */
export const load: Load = () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  return { heapBytes: process.memoryUsage().heapUsed, timers }
}

export default function Heap({ heapBytes, timers }: { readonly heapBytes: number; readonly timers: number }) {
  return <p>{`${heapBytes} ${timers}`}</p>
}
