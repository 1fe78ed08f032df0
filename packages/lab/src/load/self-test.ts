import { LatencyHistogram } from '../result/latency-histogram.ts'
import type { LabResult } from '../result/lab-result.ts'
import { parseScript } from '../script/load-script.ts'
import { startNullServer } from './null-server.ts'
import { requestPlan } from './request-plan.ts'
import { runLoad } from './run-load.ts'

export interface SelfTestResult {
  readonly measures: readonly SelfTestMeasure[]
  /** Start delays at a modest rate of users. */
  readonly sendLag: { readonly perSecond: number; readonly p99Us: number; readonly maxUs: number }
}

export interface SelfTestMeasure {
  readonly name: string
  /** Sent as fast as it was answered; the others at a modest rate. */
  readonly isClosed: boolean
  readonly cpuUsPerUnit: number
  /** What one core of this machine can send by its CPU time, with a fifth of it left free. */
  readonly ceilingPerSecond: number
  readonly achievedPerSecond: number
}

export interface SelfTestOptions {
  readonly durationMs: number
  readonly signal: AbortSignal
  readonly onStep?: (name: string) => void
}

/** A generator that uses more of a core than this delays its own starts. */
const usableCoreShare = 0.8
const modestRate = 200

/** Measures what this machine can send, against a built-in server that does nothing. */
export async function selfTest(options: SelfTestOptions): Promise<SelfTestResult> {
  await using server = await startNullServer()
  const { durationMs, signal } = options
  options.onStep?.('requests on kept connections')
  const quick = await runLoad({
    plan: requestPlan({ url: server.url, connections: 50, warmUpMs: durationMs / 4, durationMs }),
    signal,
  })
  options.onStep?.('users of 20 requests')
  const loops = await runUsers(server.url, { perSecond: 50, requests: 20, durationMs, signal })
  options.onStep?.('users of one request')
  const single = await runUsers(server.url, { perSecond: modestRate, requests: 1, durationMs, signal })
  const lag = LatencyHistogram.decode(single.generator.sendLag)
  return {
    measures: [
      measureOf('quick: requests on kept connections', quick, quick.requests.responses),
      measureOf('run: requests of users that stay', loops, loops.requests.responses),
      measureOf('run: users of one request (a new connection each)', single, single.users.completed),
    ],
    sendLag: { perSecond: modestRate, p99Us: lag.percentile(99), maxUs: lag.max },
  }
}

function measureOf(name: string, result: LabResult, units: number): SelfTestMeasure {
  const cpuUsPerUnit = (result.generator.cpuMs * 1000) / Math.max(1, units)
  return {
    name,
    isClosed: result.plan.model === 'closed',
    cpuUsPerUnit,
    ceilingPerSecond: Math.floor((1_000_000 * usableCoreShare) / cpuUsPerUnit),
    achievedPerSecond: Math.round(units / (result.meta.durationMs / 1000)),
  }
}

/** Twice: the first run compiles the code. */
async function runUsers(url: string, given: UserRun): Promise<LabResult> {
  await sendUsers(url, { ...given, durationMs: given.durationMs / 4 })
  return sendUsers(url, given)
}

interface UserRun {
  readonly perSecond: number
  readonly requests: number
  readonly durationMs: number
  readonly signal: AbortSignal
}

async function sendUsers(url: string, given: UserRun): Promise<LabResult> {
  const script = await parseScript({
    config: { target: url, phases: [{ duration: `${given.durationMs}ms`, arrivalRate: given.perSecond }] },
    scenarios: [{ flow: [{ loop: [{ get: { url: '/' } }], count: given.requests }] }],
  })
  return runLoad({ plan: { kind: 'script', script }, signal: given.signal })
}
