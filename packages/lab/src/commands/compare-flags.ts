import type { RequestBurst } from '../compare/burst.ts'
import type { ComparisonSettings } from '../compare/comparison-result.ts'
import { isStartedByLab, type VariantSpec } from '../compare/variant-spec.ts'
import { LabError } from '../errors/lab-error.ts'
import { requestPlan } from '../load/request-plan.ts'
import { parseDurationMs } from '../util/duration.ts'
import type { ReportFlags } from './report-options.ts'

export interface CompareFlags extends ReportFlags {
  readonly command?: string
  readonly setup?: string
  readonly path: string
  readonly method: string
  readonly header?: readonly string[]
  readonly body?: string
  readonly blocks: string
  /** Default: 1, and 2 with one start for all blocks. */
  readonly warmUpBlocks?: string
  /** Default: 1 s, and 2 s for a script. */
  readonly warmUp?: string
  /** Default: 1 s, and 5 s for a script. */
  readonly burst?: string
  readonly script?: string
  readonly environment?: string
  readonly variables?: readonly string[]
  readonly payload?: readonly string[]
  readonly connections: string
  readonly rate?: string
  readonly margin: string
  readonly seed?: string
  /** Default: yes, for servers that the lab starts. */
  readonly restart?: boolean
  readonly aa: boolean
  readonly readyTimeout: string
  readonly insecure: boolean
  readonly name?: string
  readonly failOn?: string
  readonly json: boolean
  readonly output: string
}

export interface ResolvedCompare {
  readonly settings: ComparisonSettings
  /** The load; undefined when it is that of a script, which is still to be read. */
  readonly plan: RequestBurst | undefined
  readonly side: {
    readonly path: string
    readonly readyTimeoutMs: number
    readonly command?: string
    readonly setup?: string
  }
}

/**
 * Checks the options of `compare` for the two sides.
 * @throws LabError `EK_LAB_USAGE`, naming the option, what it takes and what it got.
 */
export function resolveCompareFlags(flags: CompareFlags, sides: readonly VariantSpec[]): ResolvedCompare {
  const { command, setup, path } = flags
  if (!path.startsWith('/')) throw new LabError('EK_LAB_USAGE', `--path must begin with "/", received "${path}"`)
  checkVerdicts(flags.failOn)
  checkScriptFlags(flags)
  checkStartFlags(flags, sides)
  const hasOurs = sides.some(({ kind }) => isStartedByLab(kind))
  const restart = hasOurs && flags.restart !== false
  const settings: ComparisonSettings = {
    blocks: wholeNumber('--blocks', flags.blocks, 1),
    warmUpBlocks: wholeNumber('--warm-up-blocks', flags.warmUpBlocks ?? (restart ? '1' : '2'), 0),
    burstMs: duration('--burst', flags.burst ?? (flags.script === undefined ? '1s' : '5s')),
    connections: flags.script === undefined ? wholeNumber('--connections', flags.connections, 1) : 0,
    ...(flags.rate === undefined ? {} : { requestRate: positive('--rate', flags.rate) }),
    marginShare: positive('--margin', flags.margin) / 100,
    confidence: 0.95,
    seed: flags.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('--seed', flags.seed, 0),
    restart,
    ...(hasOurs ? { warmUpMs: warmUpOf(flags) } : {}),
  }
  return {
    settings,
    plan: flags.script === undefined ? planOf(flags, settings) : undefined,
    side: {
      path,
      readyTimeoutMs: duration('--ready-timeout', flags.readyTimeout),
      ...(command === undefined ? {} : { command }),
      ...(setup === undefined ? {} : { setup }),
    },
  }
}

function planOf(flags: CompareFlags, settings: ComparisonSettings): RequestBurst {
  const {
    url: _url,
    warmUpMs: _warmUp,
    ...plan
  } = requestPlan({
    url: '',
    method: flags.method.toUpperCase(),
    headers: headersOf(flags.header ?? []),
    connections: settings.connections,
    verifyTls: !flags.insecure,
    ...(flags.body === undefined ? {} : { body: flags.body }),
    ...(settings.requestRate === undefined ? {} : { requestRate: settings.requestRate }),
  })
  return { ...plan, durationMs: settings.burstMs }
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      if (colon < 1) throw new LabError('EK_LAB_USAGE', `--header must be "name: value", received "${line}"`)
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const
    }),
  )
}

/** A script says itself what is requested. */
function checkScriptFlags(flags: CompareFlags): void {
  const { script, path, method, header, body, connections, environment, variables, payload } = flags
  const given = (options: Readonly<Record<string, boolean>>): string | undefined =>
    Object.entries(options).find(([, isGiven]) => isGiven)?.[0]
  const ofRequest = given({
    '--path': path !== '/',
    '--method': method !== 'GET',
    '--header': header !== undefined,
    '--body': body !== undefined,
    '--connections': connections !== '10',
  })
  if (script !== undefined && ofRequest !== undefined)
    throw new LabError('EK_LAB_USAGE', `${ofRequest} does not go with --script: the script says what is requested`)
  const ofScript = given({
    '--environment': environment !== undefined,
    '--variables': variables !== undefined,
    '--payload': payload !== undefined,
  })
  if (script === undefined && ofScript !== undefined)
    throw new LabError('EK_LAB_USAGE', `${ofScript} needs --script, whose option it is`)
}

/** A server that someone else started cannot be started anew, and stored results are over. */
function checkStartFlags({ restart, warmUp }: CompareFlags, sides: readonly VariantSpec[]): void {
  if (sides.some(({ kind }) => isStartedByLab(kind))) return
  const option = restart === true ? '--restart' : warmUp === undefined ? undefined : '--warm-up'
  if (option === undefined) return
  const given = [...new Set(sides.map(({ source }) => `"${source}"`))].join(' and ')
  throw new LabError(
    'EK_LAB_USAGE',
    `${option} is for servers that the lab starts: it started neither side of ${given}`,
    {
      hint: 'give "cmd:<command>", "git:<commit>" or "node:<binary>"; a server that runs already is warmed by --warm-up-blocks',
    },
  )
}

function warmUpOf({ warmUp, script }: CompareFlags): number {
  const ms = parseDurationMs(warmUp ?? (script === undefined ? '1s' : '2s'))
  if (ms !== undefined) return ms
  throw new LabError('EK_LAB_USAGE', `--warm-up must be a duration such as "1s" or "0", received "${warmUp}"`)
}

const statuses = ['faster', 'slower', 'equivalent', 'inconclusive']

function checkVerdicts(text: string | undefined): void {
  for (const status of (text ?? '').split(',').filter((each) => each.trim() !== ''))
    if (!statuses.includes(status.trim()))
      throw new LabError('EK_LAB_USAGE', `--fail-on takes ${statuses.join(', ')}, received "${status.trim()}"`)
}

function duration(name: string, text: string): number {
  const ms = parseDurationMs(text)
  if (ms !== undefined && ms > 0) return ms
  throw new LabError('EK_LAB_USAGE', `${name} must be a duration such as "1s" or "500ms", received "${text}"`)
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value
  throw new LabError('EK_LAB_USAGE', `${name} must be a whole number of ${least} or more, received "${text}"`)
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new LabError('EK_LAB_USAGE', `${name} must be a number above 0, received "${text}"`)
}
