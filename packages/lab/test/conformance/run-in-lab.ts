import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LatencyHistogram, readResult, type LabResult } from '../../src/result.ts'
import { runLab, type Clock } from '../../src/index.ts'
import { SteadyClock } from '../support/steady-clock.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'
import { makeOutcome } from './outcome.ts'
import { ReferenceServer } from './reference-server.ts'
import { prepareRun } from './run-folder.ts'
import type { RunOutcome, ScriptRun } from './script-group.ts'

/**
 * Runs a script by the lab's command line against a server of its own. Both live by one clock that stands still when the machine is
 * busy elsewhere: how late a start is, and which of a pause and a held answer ends first, is no question of the machine.
 */
export function runInLab(run: ScriptRun): Promise<RunOutcome> {
  return inTemporaryFolder(async (folder) => {
    const clock = new SteadyClock()
    await using server = await ReferenceServer.start(clock)
    const exitCode = await callLab(run, { folder, server, clock })
    const file = join(folder, 'result.json')
    const facts = { exitCode, received: server.received }
    if (!existsSync(file)) return makeOutcome({ ...facts, counters: {}, histograms: {} })
    return outcomeOf(await readResult(file), facts)
  })
}

interface Stage {
  readonly folder: string
  readonly server: ReferenceServer
  readonly clock: Clock
}

async function callLab(run: ScriptRun, { folder, server, clock }: Stage): Promise<number> {
  const { args, env } = await prepareRun({ ...run, script: patient(run.script) }, folder, server.addresses)
  const stop = new AbortController()
  const { interruptAfterMs } = run
  const timer = interruptAfterMs === undefined ? undefined : setTimeout(() => stop.abort('SIGINT'), interruptAfterMs)
  const output = { write: (text: string) => void (process.env['VERBOSE'] === undefined || console.log(text)) }
  try {
    return await runLab(['run', '-q', '-o', 'result.json', ...args], {
      context: { cwd: folder, env, stdout: output, stderr: output, signal: stop.signal, clock },
    })
  } finally {
    clearTimeout(timer)
  }
}

/** Those that the script's functions made. */
function ownHistograms({ custom }: LabResult): readonly [string, LabResult['custom'][string]][] {
  return Object.entries(custom).filter(([name]) => !name.startsWith('websocket.'))
}

/** The machine that these tests run on may be busy: that is no difference between two runners. */
function patient(script: ScriptRun['script']): ScriptRun['script'] {
  if (typeof script === 'string') return script
  const config = 'config' in script ? (script.config as object) : {}
  return { ...script, config: { ...config, healthLimits: { sendLagMs: 10_000 } } }
}

function outcomeOf(result: LabResult, facts: Pick<RunOutcome, 'exitCode' | 'received'>): RunOutcome {
  const sessions = result.scenarios.map(({ session }) => LatencyHistogram.decode(session))
  const completed = sessions.reduce((sum, { count }) => sum + count, 0)
  const totalUs = sessions.reduce((sum, { mean, count }) => sum + mean * count, 0)
  return makeOutcome({
    ...facts,
    counters: result.counters,
    histograms: Object.fromEntries(
      ownHistograms(result).map(([name, encoded]) => {
        const { count, min, max } = LatencyHistogram.decode(encoded)
        return [name, { count, min: min / 1000, max: max / 1000 }]
      }),
    ),
    ...(completed === 0 ? {} : { meanSessionMs: totalUs / completed / 1000 }),
  })
}
