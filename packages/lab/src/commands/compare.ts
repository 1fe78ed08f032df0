import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../cli/cli-context.ts'
import { formatFinding } from '../cli/format-finding.ts'
import { collect, variablesOf } from '../cli/parse-options.ts'
import { exitCodeOfStop, exitCodes } from '../cli/exit-codes.ts'
import { comparisonFileName, writeComparison } from '../compare/comparison-file.ts'
import type { ComparisonResult } from '../compare/comparison-result.ts'
import { compareResults } from '../compare/compare-results.ts'
import type { BurstPlan } from '../compare/burst.ts'
import { compareServers } from '../compare/compare-servers.ts'
import { scriptBurst } from '../compare/script-burst.ts'
import { prepareSide, type Side } from '../compare/side.ts'
import { parseVariant, type VariantSpec } from '../compare/variant-spec.ts'
import { LabError } from '../errors/lab-error.ts'
import { runLoad } from '../load/run-load.ts'
import { reportFiles, writeReports } from '../report/report-outputs.ts'
import { renderComparison } from '../report/stored-report.ts'
import { calibrationSentence, detectableText, wantedLines } from '../report/sections/comparison-section.ts'
import { ensureWritable } from '../result/ensure-writable.ts'
import { readResult } from '../result/result-file.ts'
import { loadScript } from '../script/load-script.ts'
import { blockLine, planLine } from './compare-progress.ts'
import { resolveCompareFlags, type CompareFlags, type ResolvedCompare } from './compare-flags.ts'
import { addReportOptions, reportOutputs } from './report-options.ts'

export function registerCompare(program: Command, context: CliContext): void {
  const command = program
    .command('compare')
    .argument('<a>', 'http://…, "cmd:<command>", "git:<commit>", "node:<binary>" or "result:<file>[,<file>…]"')
    .argument('[b]', 'the same for the other side; absent with --aa')
    .description('compares two servers in randomised blocks and says faster, slower, equivalent or inconclusive')
    .option('--command <command>', 'starts the server of a commit or a Node binary; {port} or PORT is where it listens')
    .option('--setup <command>', 'run once in each commit before its server starts, for example "npm ci"')
    .option('--path <path>', 'what is requested of a server that is started', '/')
    .option('--method <method>', 'HTTP method', 'GET')
    .option('-H, --header <header...>', 'request header, "name: value"')
    .option('--body <text>', 'request body')
    .option('--blocks <count>', 'blocks to measure; each loads both sides once', '20')
    .option('--warm-up-blocks <count>', 'blocks before these, not measured (default: 1, with one start 2)')
    .option('--script <file>', 'loads with the users of this script instead of one request')
    .option('-e, --environment <name>', "part of the script's config.environments to use")
    .option('-v, --variables <name=value|json>', 'variables of the script (repeatable)', collect)
    .option('-p, --payload <file>', 'data file, instead of the path in the script (repeatable)', collect)
    .option('--burst <duration>', 'load on one side of a block (default: 1s, 5s with --script)')
    .option('-c, --connections <count>', 'connections of the load', '10')
    .option(
      '--rate <per-second>',
      'requests per second, or users per second of a script, instead of as many as are answered',
    )
    .option('--margin <percent>', 'changes up to this count as equal', '2')
    .option('--seed <number>', 'makes the order of the blocks repeatable')
    .option('--restart', 'starts the servers anew for each block (default for servers that the lab starts)')
    .option('--no-restart', 'one start for all blocks')
    .option('--warm-up <duration>', 'load on a server after its start, not measured (default: 1s, 2s with --script)')
    .option('--aa', 'compares A with itself: how much this machine can tell apart', false)
    .option('--ready-timeout <duration>', 'how long a server may take to answer', '30s')
    .option('--insecure', 'accepts any certificate', false)
    .option('--name <name>', 'title of the comparison')
    .option('--fail-on <verdicts>', 'verdicts that give exit code 1, for example "slower,inconclusive"')
    .option('--json', 'prints the comparison as JSON', false)
    .option('-o, --output <folder>', 'folder for the stored comparison', 'comparison')
  addReportOptions(command)
    .addHelpText(
      'after',
      '\nExample: evenkeel-lab compare git:main git:HEAD --setup "npm ci" --command "node server.js" --html ab.html',
    )
    .action((a: string, b: string | undefined, flags: CompareFlags) => runCompare(a, b, flags, context))
}

async function runCompare(a: string, b: string | undefined, flags: CompareFlags, context: CliContext): Promise<void> {
  const specs = sidesOf(a, b, flags)
  const resolved = resolveCompareFlags(flags, [specs.a, specs.b])
  await ensureWritable([comparisonFile(flags, context), ...reportFiles(reportOutputs(flags), context.cwd)])
  const isStored = specs.a.kind === 'result' && specs.b.kind === 'result'
  const comparison = isStored
    ? await compareStored(specs, resolved, context)
    : await compareLive(
        specs,
        {
          ...(await loadOf(flags, resolved, context)),
          isCalibration: flags.aa,
          name: flags.name ?? `${a} · ${b ?? a}`,
        },
        context,
      )
  await finish(comparison, flags, context)
}

interface Specs {
  readonly a: VariantSpec
  readonly b: VariantSpec
}

function sidesOf(a: string, b: string | undefined, flags: CompareFlags): Specs {
  if (flags.aa && b !== undefined)
    throw new LabError('EK_LAB_COMPARE', `--aa compares "${a}" with itself, "${b}" is one too many`)
  if (!flags.aa && b === undefined)
    throw new LabError('EK_LAB_COMPARE', `"${a}" has nothing to be compared with`, {
      hint: 'give a second side, or --aa',
    })
  return { a: parseVariant(a), b: parseVariant(b ?? a) }
}

async function compareStored(specs: Specs, resolved: ResolvedCompare, context: CliContext): Promise<ComparisonResult> {
  const read = async (spec: VariantSpec, name: string) => {
    const files = spec.source.split(',').map((file) => file.trim())
    const runs = await Promise.all(files.map((file) => readResult(resolve(context.cwd, file))))
    return { label: runs[0]?.meta.name ?? name, source: spec.source, runs }
  }
  const { marginShare, confidence } = resolved.settings
  const [a, b] = [await read(specs.a, 'A'), await read(specs.b, 'B')]
  return compareResults({ name: `${a.label} · ${b.label}`, a, b, marginShare, confidence })
}

/** Stands for the address of a side while the script is read. */
const anyTarget = 'http://127.0.0.1'

/** The load of the bursts, and the settings with what the script adds to them. */
async function loadOf(
  flags: CompareFlags,
  resolved: ResolvedCompare,
  { cwd, env, stderr }: CliContext,
): Promise<Pick<LiveOptions, 'plan' | 'resolved'>> {
  if (resolved.plan !== undefined) return { plan: resolved.plan, resolved }
  const { environment, variables, payload, insecure } = flags
  const script = await loadScript(resolve(cwd, flags.script ?? ''), {
    env,
    insecure,
    target: anyTarget,
    variables: variablesOf(variables ?? []),
    payloadFiles: (payload ?? []).map((path) => resolve(cwd, path)),
    ...(environment === undefined ? {} : { environment }),
  })
  for (const warning of script.warnings) stderr.write(`warning: ${formatFinding(warning)}\n`)
  const { requestRate, ...settings } = resolved.settings
  const { plan, usersPerSecond } = scriptBurst(script, { burstMs: settings.burstMs, usersPerSecond: requestRate })
  return { plan, resolved: { ...resolved, settings: { ...settings, script: { file: script.name, usersPerSecond } } } }
}

interface LiveOptions {
  readonly resolved: ResolvedCompare
  readonly plan: BurstPlan
  readonly isCalibration: boolean
  readonly name: string
}

async function compareLive(specs: Specs, options: LiveOptions, context: CliContext): Promise<ComparisonResult> {
  const { resolved } = options
  const { clock } = context
  const prepare = (spec: VariantSpec, letter: string): Promise<Side> =>
    prepareSide(spec, {
      ...resolved.side,
      label: spec.kind === 'url' || !options.isCalibration ? spec.source : `${spec.source} (${letter})`,
      cwd: context.cwd,
      env: context.env,
      signal: context.signal,
    })
  await using a = await prepare(specs.a, 'A')
  await using b = await prepare(specs.b, 'B')
  context.stderr.write(`${planLine(resolved.settings, [specs.a, specs.b])}\n`)
  const startedAt = performance.now()
  return await compareServers({
    name: options.name,
    a,
    b,
    plan: options.plan,
    settings: resolved.settings,
    isCalibration: options.isCalibration,
    runLoad: clock === undefined ? runLoad : (load) => runLoad({ ...load, clock }),
    signal: context.signal,
    onBlock: (block, done) => {
      const elapsedMs = performance.now() - startedAt
      context.stderr.write(`${blockLine(block, resolved.settings, { done, elapsedMs })}\n`)
    },
  })
}

function comparisonFile(flags: CompareFlags, { cwd }: CliContext): string {
  return join(resolve(cwd, flags.output), comparisonFileName)
}

/** What goes to standard output goes first: a full disk loses no verdict. */
async function finish(comparison: ComparisonResult, flags: CompareFlags, context: CliContext): Promise<void> {
  if (flags.json) context.stdout.write(renderComparison(comparison, 'json'))
  else if (flags.markdown !== '-') context.stdout.write(verdictText(comparison))
  const failing = (flags.failOn ?? '').split(',').map((status) => status.trim())
  if (failing.includes(comparison.verdict.status)) context.setExitCode(exitCodes.failed)
  if (context.signal.aborted) context.setExitCode(exitCodeOfStop(context.signal))
  const file = comparisonFile(flags, context)
  await writeComparison(file, comparison)
  const written = await writeReports(reportOutputs(flags), (format) => renderComparison(comparison, format), context)
  for (const path of [file, ...written]) context.stderr.write(`wrote ${path}\n`)
}

function verdictText({ verdict, calibrations, caveats }: ComparisonResult): string {
  const lines = [
    `${verdict.status}: ${verdict.sentence}`,
    ...verdict.reasons.map((reason) => `  - ${reason}`),
    ...(verdict.wanted === undefined ? [] : wantedLines(verdict.wanted).map((line) => `  wanted: ${line}`)),
    ...(calibrations ?? []).map(
      (each) =>
        `  calibration of ${each.metric}: false alarms ${(each.falseAlarms.share * 100).toFixed(1)} %, smallest change found ` +
        `${detectableText(each)}; ${calibrationSentence(each)}`,
    ),
    ...caveats.map((caveat) => `  note: ${caveat}`),
  ]
  return `${lines.join('\n')}\n`
}
