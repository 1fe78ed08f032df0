/** One contender under one load, in a process of its own. Argument: the load as JSON. Sends what it measured to its parent. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { contenders } from './contenders/index.ts'
import { eventOf } from './event.ts'
import type { Load, Measured } from './run-load.ts'

const load = JSON.parse(process.argv[2] ?? '{}') as Load & { readonly url: string }
const make = await contenders[load.contender]?.()
if (make === undefined) throw new Error(`No contender "${load.contender}"`)
const contender = make(load)
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const cpuBefore = process.cpuUsage()
const rssBefore = process.memoryUsage.rss()
const total = load.ratePerSecond * load.seconds
const startedAt = performance.now()
let peakRss = rssBefore
let n = 0
while (n < total) {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * load.ratePerSecond))
  while (n < due) {
    contender.add(eventOf(n))
    n += 1
  }
  peakRss = Math.max(peakRss, process.memoryUsage.rss())
  await sleep(2)
}
delay.disable()
const loadSeconds = (performance.now() - startedAt) / 1000
await new Promise<void>((resolve) => {
  process.once('message', () => resolve())
  process.send?.('loaded')
})
const closeStartedAt = performance.now()
await Promise.race([contender.close().catch(() => undefined), sleep(90_000, undefined, { ref: false })])
const { user, system } = process.cpuUsage(cpuBefore)
const measured: Measured = {
  offered: total,
  loadSeconds,
  closeSeconds: (performance.now() - closeStartedAt) / 1000,
  cpuMicros: user + system,
  grownMb: (peakRss - rssBefore) / 1024 / 1024,
  delayP99Ms: delay.percentile(99) / 1e6,
}
process.send?.(measured, () => process.exit(0))
