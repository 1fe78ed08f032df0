import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A server that runs. Dispose of it to end it with all its processes. */
export interface Contender extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** Process groups of all its processes. */
  readonly groups: ReadonlySet<string>
  /** Processor time of all its processes so far, in milliseconds. */
  cpuMs(): number
}

interface Recipe {
  readonly name: string
  /** Path of the routes below the address. */
  readonly base?: string
  readonly processes?: number
  readonly command: (port: number) => readonly string[]
  readonly env?: (port: number) => Readonly<Record<string, string>>
  /** What has to be installed. */
  readonly needs?: string
  /** Called before the start. Returns the folder to start in. */
  readonly prepare?: (port: number) => string
}

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const bin = here('../../packages/evenkeel/bin/evenkeel.js')
const app = here('project/apps/app.js')
const node = process.execPath

/** Folder with rivals from npm: `npm install --prefix <folder> deno bun workerd wattpm @platformatic/node`. */
const installed = process.env['RIVALS']
const tool = (name: string): string => join(installed ?? '/', 'node_modules', '.bin', name)

const evenkeel = (instances: string) => (port: number) => [
  node,
  bin,
  'run',
  app,
  '--port',
  String(port),
  '--no-admin',
  '--instances',
  instances,
]
const withPort = (port: number): Record<string, string> => ({ PORT: String(port) })

const recipes: readonly Recipe[] = [
  { name: 'evenkeel', command: evenkeel('1') },
  { name: 'evenkeel ×2', command: evenkeel('2') },
  {
    name: 'evenkeel routed',
    base: '/app',
    command: (port) => [node, bin, 'serve', here('project'), '--port', String(port), '--admin-port', '0'],
  },
  { name: 'node:http', command: () => [node, here('rivals/node-http.js')], env: withPort },
  { name: 'fastify', command: () => [node, here('rivals/fastify.js')], env: withPort },
  { name: 'fastify cluster', command: () => [node, here('rivals/fastify-cluster.js')], env: withPort },
  {
    name: 'deno ×2',
    needs: 'deno',
    command: (port) => [
      tool('deno'),
      'serve',
      '--parallel',
      '--allow-all',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      app,
    ],
    env: () => ({ DENO_JOBS: '2', NO_COLOR: '1' }),
  },
  { name: 'bun', needs: 'bun', command: () => [tool('bun'), here('rivals/bun.js')], env: withPort },
  { name: 'bun ×2', needs: 'bun', processes: 2, command: () => [tool('bun'), here('rivals/bun.js')], env: withPort },
  {
    name: 'wattpm ×2',
    needs: 'wattpm',
    prepare: wattProject,
    command: () => [node, tool('wattpm'), 'start'],
  },
  {
    name: 'workerd',
    needs: 'workerd',
    command: (port) => [tool('workerd'), 'serve', here('rivals/workerd.capnp'), `--socket-addr=http=127.0.0.1:${port}`],
  },
]

/** Watt finds its packages from the folder of the app upwards, and takes port and workers from a file. */
function wattProject(port: number): string {
  const folder = join(installed ?? tmpdir(), `evenkeel-watt-${port}`)
  mkdirSync(folder, { recursive: true })
  const server = { hostname: '127.0.0.1', port }
  const watt = {
    module: '@platformatic/node',
    node: { main: 'server.mjs' },
    runtime: { server, workers: 2, logger: { level: 'error' } },
  }
  const files = {
    'package.json': JSON.stringify({ name: 'rival', type: 'module', private: true }),
    'watt.json': JSON.stringify(watt),
    'server.mjs': `export { create } from ${JSON.stringify(here('rivals/node-http.js'))}`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** Starts those that are there; `only` names some of them. What is missing is said. */
export async function startContenders(only: readonly string[]): Promise<readonly Contender[]> {
  const contenders: Contender[] = []
  for (const recipe of recipes) {
    if (only.length > 0 && !only.includes(recipe.name)) continue
    const { needs } = recipe
    if (needs !== undefined && (installed === undefined || !existsSync(tool(needs)))) {
      console.log(`without ${recipe.name}: ${needs} is not in the folder RIVALS`)
      continue
    }
    contenders.push(await start(recipe))
  }
  return contenders
}

async function start({ name, base = '', processes = 1, command, env, prepare }: Recipe): Promise<Contender> {
  const port = await freePort()
  const cwd = prepare?.(port)
  const children = Array.from({ length: processes }, () => {
    const [file = '', ...args] = command(port)
    // A group of its own: what it starts ends with it.
    return spawn(file, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
      cwd,
      env: { ...process.env, ...env?.(port) },
    })
  })
  const groups = new Set(children.map(({ pid }) => String(pid)))
  const url = `http://127.0.0.1:${port}${base}`
  const close = async (): Promise<void> => {
    await Promise.all(children.map(end))
    if (cwd !== undefined) rmSync(cwd, { recursive: true, force: true })
  }
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(`${url}/stress`).catch(() => undefined)
    if (answer?.ok === true) return { name, url, groups, cpuMs: () => cpuMsOf(groups), [Symbol.asyncDispose]: close }
    if (tries > 300) {
      await close()
      throw new Error(`${name} does not answer`)
    }
    await wait(100)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  const impatience = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 5_000)
  await exited
  clearTimeout(impatience)
}

/** User and system time of process groups, which `/proc` gives in hundredths of a second. */
function cpuMsOf(groups: ReadonlySet<string>): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      if (groups.has(fields[2] ?? '')) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It has just ended.
    }
  }
  return ticks * 10
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
