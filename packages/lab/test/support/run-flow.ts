import { parseScript, runLoad, type LoadScriptOptions, type RunLoadOptions } from '../../src/index.ts'
import type { LabResult } from '../../src/result.ts'
import { FakeClock } from './fake-clock.ts'
import { SimulatedNetwork, type SentRequest, type SimulatedAnswer } from './simulated-network.ts'

export interface FlowOptions {
  readonly config?: Readonly<Record<string, unknown>>
  readonly scenario?: Readonly<Record<string, unknown>>
  readonly users?: number
  readonly load?: LoadScriptOptions & { readonly folder?: string }
  readonly run?: Partial<RunLoadOptions>
  readonly functions?: Readonly<Record<string, unknown>>
}

export function scriptOf(target: string, flow: readonly unknown[], options: FlowOptions = {}): unknown {
  const { config, scenario, users = 1, functions } = options
  return {
    config: { target, phases: [{ duration: '10ms', arrivalCount: users }], ...config },
    scenarios: [{ name: 'test', flow, ...scenario }],
    ...functions,
  }
}

/** Sends a flow to a real server. */
export async function runFlow(target: string, flow: readonly unknown[], options: FlowOptions = {}): Promise<LabResult> {
  const script = await parseScript(scriptOf(target, flow, options), options.load)
  return runLoad({ plan: { kind: 'script', script }, ...options.run })
}

/** Sends a flow to a simulated server in simulated time. */
export async function simulateFlow(
  flow: readonly unknown[],
  answer: (request: SentRequest) => SimulatedAnswer = () => ({}),
  options: FlowOptions = {},
): Promise<{ readonly result: LabResult; readonly sent: readonly SentRequest[]; readonly clock: FakeClock }> {
  const clock = new FakeClock()
  const network = new SimulatedNetwork(clock, answer)
  const script = await parseScript(scriptOf('http://simulated.test', flow, options), options.load)
  const result = await clock.runUntil(
    runLoad({ plan: { kind: 'script', script }, clock, transport: network, ...options.run }),
  )
  return { result, sent: network.sent, clock }
}
