/** Runs every check of the repository, two at a time, and prints a line for each. Exit code 1 when one fails. */
import { spawn } from 'node:child_process'

interface Check {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

const node = process.execPath
const checks: readonly Check[] = [
  { name: 'types', command: 'tsc', args: ['-b'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', command: 'oxfmt', args: ['--check', '.'] },
  { name: 'boundaries', command: node, args: ['tools/check-boundaries.ts'] },
  { name: 'docs', command: node, args: ['--conditions=@evenkeel/source', 'tools/check-docs.ts'] },
  { name: 'unused code', command: 'knip', args: ['--no-progress'] },
]

const queue = [...checks]
await Promise.all([worker(), worker()])

async function worker(): Promise<void> {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) await run(check)
}

async function run(check: Check): Promise<void> {
  const startedAt = performance.now()
  const child = spawn(check.command, check.args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${check.name} (${seconds} s)`)
  if (code === 0) return
  process.exitCode = 1
  console.log(output.trimEnd())
}
