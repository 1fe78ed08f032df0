import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A server that is measured. */
export interface Arm {
  readonly name: string
  readonly url: string
  readonly adminUrl?: string
  readonly pid: number
}

const bin = fileURLToPath(new URL('../../../packages/evenkeel/bin/evenkeel.js', import.meta.url))

/** `evenkeel serve`: a gateway, and hosts that render for it. */
export function startEvenkeel(stack: AsyncDisposableStack, dir: string): Promise<Required<Arm>> {
  return startOwn(stack, 'evenkeel', ['serve', dir, '--data-dir', join(dir, '.data')])
}

/** `evenkeel run`: runtimes that accept connections and render themselves. */
export function startDirect(stack: AsyncDisposableStack, dir: string): Promise<Required<Arm>> {
  return startOwn(stack, 'evenkeel direct', ['run', dir, '--instances', 'auto'])
}

async function startOwn(stack: AsyncDisposableStack, name: string, command: readonly string[]): Promise<Required<Arm>> {
  const free = ['--port', '0', '--admin-port', '0', '--json']
  const child = spawn(process.execPath, [bin, ...command, ...free], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { url, adminUrl } = JSON.parse(await lineOf(stack, child)) as { url: string; adminUrl: string }
  return { name, url, adminUrl, pid: child.pid ?? 0 }
}

/** A script of `rivals/`, which prints its URL. */
export async function startScript(
  stack: AsyncDisposableStack,
  name: string,
  { script, argument }: { readonly script: string; readonly argument: string },
): Promise<Arm> {
  const file = fileURLToPath(new URL(`../rivals/${script}`, import.meta.url))
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = spawn(process.execPath, [file, argument], { stdio: ['ignore', 'pipe', 'inherit'], env })
  return { name, url: await lineOf(stack, child), pid: child.pid ?? 0 }
}

interface Framework {
  readonly name: string
  /** Folder below that of `prepare-rivals.ts`. */
  readonly folder: string
  readonly port: number
  /** Its command in `node_modules`, with the arguments. */
  readonly command: readonly [string, ...string[]]
}

const frameworks: readonly Framework[] = [
  {
    name: 'Next.js',
    folder: 'next',
    port: 4_101,
    command: ['next/dist/bin/next', 'start', '-p', '4101', '-H', '127.0.0.1'],
  },
  {
    name: 'React Router',
    folder: 'react-router',
    port: 4_102,
    command: ['@react-router/serve/bin.js', './build/server/index.js'],
  },
  { name: 'Watt', folder: 'watt', port: 4_103, command: ['wattpm/bin/cli.js', 'start'] },
]

/** The frameworks that `prepare-rivals.ts` has built in a folder. */
export async function startFrameworks(stack: AsyncDisposableStack, folder: string): Promise<readonly Arm[]> {
  const arms: Arm[] = []
  for (const each of frameworks)
    if (existsSync(join(folder, each.folder, 'ready'))) arms.push(await startFramework(stack, folder, each))
  return arms
}

async function startFramework(stack: AsyncDisposableStack, folder: string, framework: Framework): Promise<Arm> {
  const { name, port, command } = framework
  const cwd = join(folder, framework.folder)
  const [script, ...more] = command
  const env = { ...process.env, NODE_ENV: 'production', PORT: String(port), HOST: '127.0.0.1' }
  const child = spawn(process.execPath, [join(cwd, 'node_modules', script), ...more], { cwd, env, stdio: 'ignore' })
  endWith(stack, child)
  const url = `http://127.0.0.1:${port}/`
  const lastMs = performance.now() + 60_000
  while (!(await answers(url))) if (performance.now() > lastMs) assert.fail(`${name} does not answer at ${url}`)
  return { name, url, pid: child.pid ?? 0 }
}

async function answers(url: string): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 200))
  const response = await fetch(url).catch(() => undefined)
  await response?.text()
  return response?.status === 200
}

async function lineOf(stack: AsyncDisposableStack, child: ChildProcess): Promise<string> {
  endWith(stack, child)
  const [line] = (await once(child.stdout ?? assert.fail('no output'), 'data')) as [Buffer]
  return line.toString().trim()
}

function endWith(stack: AsyncDisposableStack, child: ChildProcess): void {
  stack.defer(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
}
