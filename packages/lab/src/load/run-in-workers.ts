import { LabError, messageOf } from '../errors/lab-error.ts'
import { mergeThreads } from '../merge/merge-threads.ts'
import type { LabResult } from '../result/lab-result.ts'
import type { RunSuggestions } from '../script/artillery-global.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import { systemClock } from '../util/clock.ts'
import type { PlainRecord } from '../util/records.ts'
import { LoadWorker } from './load-worker.ts'
import { ProgressMerger } from './merge-progress.ts'
import { evaluateEnsure } from './plugins/ensure.ts'
import type { RunLoadOptions } from './run-load.ts'
import { runSections } from './run-sections.ts'

/** Time from the moment when all are ready to the common start. */
const startDelayMs = 50

/**
 * Carries out the plan of a script with several threads. All load the script first, then start at one time; each takes every n-th
 * arrival of the same timetable. A thread that dies makes the result partial.
 */
export async function runInWorkers(options: RunLoadOptions, count: number): Promise<LabResult> {
  const { plan } = options
  if (plan.kind !== 'script') throw new LabError('EK_LAB_PLAN', 'Only the plan of a script is sent by several workers')
  const { script } = plan
  const sections = await runSections(script, options)
  const workers = startWorkers(script, options, { count, beforeVars: sections.vars })
  const stop = (): void => workers.forEach((worker) => worker.stop(String(options.signal?.reason ?? 'the caller')))
  try {
    await Promise.all(workers.map((worker) => worker.ready))
    for (const worker of workers) worker.start(systemClock.epochMs() + startDelayMs)
    if (options.signal?.aborted === true) stop()
    options.signal?.addEventListener('abort', stop, { once: true })
    const settled = await Promise.allSettled(workers.map((worker) => worker.result))
    const problem = await sections.after()
    const merged = withChecks(withSuggestion(mergeSettled(settled), sections.suggestions), script)
    return problem === undefined ? merged : { ...merged, warnings: [...merged.warnings, problem] }
  } finally {
    options.signal?.removeEventListener('abort', stop)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function startWorkers(
  { origin }: ResolvedScript,
  options: RunLoadOptions,
  { count, beforeVars }: { readonly count: number; readonly beforeVars: PlainRecord },
): readonly LoadWorker[] {
  const merger = new ProgressMerger()
  const { name, kind, labels, serverPid } = options
  return Array.from({ length: count }, (_, index) => {
    const runOptions = {
      share: { index, count },
      beforeVars: cloneable(beforeVars),
      ...(name === undefined ? {} : { name }),
      ...(kind === undefined ? {} : { kind }),
      ...(labels === undefined ? {} : { labels }),
      ...(serverPid === undefined || index > 0 ? {} : { serverPid }),
    }
    return new LoadWorker(
      {
        file: origin.file,
        scriptOptions: { ...origin.options, env: { ...(origin.options.env ?? process.env) } },
        runOptions,
      },
      {
        onProgress: (progress) => {
          const merged = merger.update(index, progress)
          if (index === 0) options.onProgress?.({ ...merged, bins: merger.takeBins() })
        },
        onLog: (text) => options.onLog?.(text),
      },
    )
  })
}

/** What a `before` section leaves in its variables beside data (functions, sockets) stays in this thread. */
function cloneable(vars: PlainRecord): PlainRecord {
  return Object.fromEntries(
    Object.entries(vars).filter(([, value]) => {
      try {
        structuredClone(value)
        return true
      } catch {
        return false
      }
    }),
  )
}

/** @throws the first worker's error when none has a result. */
function mergeSettled(settled: readonly PromiseSettledResult<LabResult>[]): LabResult {
  const results = settled.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
  const failed = settled.find((each) => each.status === 'rejected')
  if (results.length === 0) throw failed?.reason
  const merged = mergeThreads(results)
  if (failed === undefined) return merged
  return { ...merged, status: 'partial', partialReason: messageOf(failed.reason) }
}

function withSuggestion(result: LabResult, { exitCode }: RunSuggestions): LabResult {
  return exitCode === undefined ? result : { suggestedExitCode: exitCode, ...result }
}

/** Thresholds are about the whole load, not about the share of one worker. */
function withChecks(result: LabResult, script: ResolvedScript): LabResult {
  const others = result.checks.filter(({ source }) => source !== 'ensure')
  const ensured = evaluateEnsure(script.plugins.ensure, result)
  return { ...result, checks: [...others, ...ensured] }
}
