import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A load in Artillery's terms: users arrive at a steady rate for some seconds, and each sends a number of requests on its connection. */
export interface SteadyLoad {
  readonly url: string
  readonly durationS: number
  readonly usersPerSecond: number
  readonly requestsPerUser: number
}

/**
 * Processor time in microseconds that Artillery takes for a load, without its start: the load is run once and four times in a row, and a
 * third of the difference counts. `binary` is its `bin/run`. It throws when an answer is not 200 or a user did not come to an end.
 */
export async function artilleryCpuUs(binary: string, load: SteadyLoad): Promise<number> {
  const once = await run(binary, load, 1)
  const fourTimes = await run(binary, load, 4)
  return (fourTimes - once) / 3
}

async function run(binary: string, load: SteadyLoad, passes: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'artillery-cost-'))
  const script = join(folder, 'script.json')
  const output = join(folder, 'result.json')
  await writeFile(script, JSON.stringify(scriptOf(load, passes)))
  const before = cpuOfEndedChildrenUs()
  await promisify(execFile)(process.execPath, [binary, 'run', '-o', output, script], {
    env: { PATH: process.env['PATH'], HOME: folder, ARTILLERY_DISABLE_TELEMETRY: 'true' },
    maxBuffer: 64 * 1024 * 1024,
  })
  const cpuUs = cpuOfEndedChildrenUs() - before
  const { aggregate } = JSON.parse(readFileSync(output, 'utf8')) as { aggregate: { counters: Record<string, number> } }
  await rm(folder, { recursive: true })
  const users = load.usersPerSecond * load.durationS * passes
  const answered = aggregate.counters['http.codes.200']
  const completed = aggregate.counters['vusers.completed']
  if (answered !== users * load.requestsPerUser || completed !== users)
    throw new Error(`Artillery: ${answered} answers to ${completed} of ${users} users`)
  return cpuUs
}

function scriptOf(load: SteadyLoad, passes: number): object {
  const phase = { duration: load.durationS, arrivalRate: load.usersPerSecond }
  return {
    config: { target: load.url, phases: Array.from({ length: passes }, () => phase) },
    scenarios: [{ flow: [{ loop: [{ get: { url: '/' } }], count: load.requestsPerUser }] }],
  }
}

/** What children of this process, and theirs, had used when they ended; `/proc` counts in hundredths of a second. */
function cpuOfEndedChildrenUs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[13]) + Number(fields[14])) * 10_000
}
