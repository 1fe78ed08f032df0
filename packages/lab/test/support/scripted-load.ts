import { LatencyHistogram, type LabResult } from '../../src/result.ts'
import type { RunLoad } from '../../src/index.ts'
import type { Server } from '../../src/compare/server.ts'
import type { Side } from '../../src/compare/side.ts'
import { sampleResult } from './sample-result.ts'

/** What a scripted server does in one burst. */
export interface ScriptedBurst {
  readonly requestRate: number
  readonly failed?: number
  readonly generator?: LabResult['generator']['verdict']
}

/** A load that sends nothing and takes no time: the answers of each URL come from a function. */
export function scriptedLoad(
  answer: (url: string, burst: number) => ScriptedBurst,
): RunLoad & { readonly urls: string[] } {
  const urls: string[] = []
  const { result: sample } = sampleResult({ seconds: 1, ratePerSecond: 10, endpoints: 1 })
  const load: RunLoad = (options) => {
    const url = options.plan.kind === 'request' ? options.plan.url : ''
    const burst = answer(url, urls.push(url) - 1)
    const responses = Math.round(burst.requestRate)
    const latency = new LatencyHistogram()
    for (let request = 0; request < 400; request++) latency.record(10_000_000 / burst.requestRate + request)
    return Promise.resolve({
      ...sample,
      meta: { ...sample.meta, durationMs: 1000 },
      requests: { ...sample.requests, sent: responses + (burst.failed ?? 0), responses, failed: burst.failed ?? 0 },
      codes: { '200': responses },
      latency: { ...sample.latency, latency: latency.encode(), service: latency.encode() },
      generator: { ...sample.generator, verdict: burst.generator ?? 'ok' },
    })
  }
  return Object.assign(load, { urls })
}

/** A side whose servers are only counted. */
export class ScriptedSide implements Side {
  readonly label: string
  readonly facts: Side['facts']
  started = 0
  stopped = 0
  died: Promise<string> = new Promise(() => undefined)

  /** Told of each start; what it throws is the start's failure. */
  onStart: () => void = () => {}

  constructor(label: string, kind: Side['facts']['kind'] = 'command') {
    this.label = label
    this.facts = { label, kind, source: label, versions: {} }
  }

  start(): Promise<Server> {
    return Promise.try(() => {
      this.started++
      this.onStart()
      return {
        url: `http://${this.label}`,
        pids: [],
        died: this.died,
        [Symbol.asyncDispose]: () => {
          this.stopped++
          return Promise.resolve()
        },
      }
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }
}
