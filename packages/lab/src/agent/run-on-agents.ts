import { randomUUID } from 'node:crypto'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { ProgressMerger } from '../load/merge-progress.ts'
import { evaluateEnsure } from '../load/plugins/ensure.ts'
import type { RunLoadOptions } from '../load/run-load.ts'
import { runSections } from '../load/run-sections.ts'
import { mergeResults } from '../merge/merge-results.ts'
import type { LabResult } from '../result/lab-result.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import { AgentMember } from './agent-member.ts'
import type { AgentLink } from './protocol.ts'
import { packScript } from './script-bundle.ts'
import { shippedOptions } from './shipped-options.ts'

export interface AgentsOptions {
  readonly links: readonly AgentLink[]
  /** Files and folders to send beside those that the script names. */
  readonly include?: readonly string[]
  /** An agent that does not answer for this long is lost. Default 10 s. */
  readonly patienceMs?: number
}

/** From the last agent being ready to the common start: time for the start to reach all of them. */
const startDelayMs = 1000

/**
 * Carries out the plan of a script with agents on several machines: each sends its share of one timetable from one moment on, and
 * what they measured is added exactly. The `before` and `after` sections run here, once. An agent that is lost makes the result
 * partial; all agents are given back in the end.
 * @throws LabError `EK_LAB_AGENT` when an agent cannot be had, or when none has a result.
 */
export async function runOnAgents(
  options: RunLoadOptions,
  { links, include, patienceMs = 10_000 }: AgentsOptions,
): Promise<LabResult> {
  const { plan } = options
  if (plan.kind !== 'script') throw new LabError('EK_LAB_PLAN', 'Only the plan of a script is sent by agents')
  if (links.length === 0) throw new LabError('EK_LAB_AGENT', 'There is no agent')
  const run = randomUUID()
  const members = links.map((link) => new AgentMember(link, { run, patienceMs }))
  try {
    const sections = await prepareAll(members, plan.script, options, include)
    const results = await sendAll(members, options)
    const problem = await sections.after()
    const merged = withChecks(mergeAll(members, results), plan.script)
    return problem === undefined ? merged : { ...merged, warnings: [...merged.warnings, problem] }
  } finally {
    await Promise.all(members.map((member) => member.giveBack()))
  }
}

async function prepareAll(
  members: readonly AgentMember[],
  script: ResolvedScript,
  options: RunLoadOptions,
  include: readonly string[] | undefined,
) {
  await Promise.all(members.map((member) => member.take()))
  const sections = await runSections(script, options)
  const bundle = await packScript(script, include)
  const shared = {
    bundle,
    scriptOptions: shippedOptions(script, bundle),
    name: options.name,
    labels: options.labels ?? {},
    beforeVars: JSON.parse(JSON.stringify(sections.vars)) as typeof sections.vars,
  }
  const shareCount = members.reduce((sum, member) => sum + member.workers, 0)
  let firstShare = 0
  const jobs = members.map((member) => {
    const job = { ...shared, firstShare, shareCount }
    firstShare += member.workers
    return job
  })
  await Promise.all(
    members.map((member, index) => member.prepare(jobs[index] ?? { ...shared, firstShare, shareCount })),
  )
  return sections
}

async function sendAll(members: readonly AgentMember[], options: RunLoadOptions): Promise<(LabResult | undefined)[]> {
  const merger = new ProgressMerger()
  const stop = (): void => members.forEach((member) => void member.stop(String(options.signal?.reason ?? 'the caller')))
  const startAtEpochMs = Date.now() + startDelayMs
  await Promise.all(members.map((member) => member.start(startAtEpochMs)))
  if (options.signal?.aborted === true) stop()
  options.signal?.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.all(
      members.map((member, index) =>
        member.follow({
          onLog: (text) => options.onLog?.(text),
          onProgress: (progress) => {
            const merged = merger.update(index, progress)
            // One of them speaks for all: the first that is not lost.
            if (index === members.findIndex((each) => each.lostBy === undefined))
              options.onProgress?.({ ...merged, bins: merger.takeBins() })
          },
        }),
      ),
    )
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
}

function mergeAll(members: readonly AgentMember[], results: readonly (LabResult | undefined)[]): LabResult {
  const known = results.filter((result) => result !== undefined)
  const lost = members.filter((_, index) => results[index] === undefined)
  const reasons = lost.map((member) => messageOf(member.lostBy ?? 'no reason is known'))
  if (known.length === 0) throw new LabError('EK_LAB_AGENT', `No agent has a result: ${reasons.join('; ')}`)
  const merged = mergeResults(known)
  if (lost.length === 0) return merged
  return {
    ...merged,
    status: 'partial',
    partialReason: `${lost.length} of ${members.length} agents were lost: ${reasons.join('; ')}`,
  }
}

/** Thresholds are about the whole load, not about one agent's share. */
function withChecks(result: LabResult, script: ResolvedScript): LabResult {
  const others = result.checks.filter(({ source }) => source !== 'ensure')
  const ensured = evaluateEnsure(script.plugins.ensure, result)
  return { ...result, checks: [...others, ...ensured] }
}
