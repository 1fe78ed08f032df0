import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A server under test, in a process of its own. Dispose of it to end it. */
export interface ServerProcess extends AsyncDisposable {
  readonly name: string
  /** Where blocks are posted. */
  readonly url: string
  readonly adminUrl: string | undefined
  readonly pid: number
  /** Processor time of the process and its children since they started, in milliseconds. */
  cpuMs(): number
  /** Resident memory of the process, and of each child, in MiB. */
  residentMb(): { own: number; children: readonly number[] }
  /** Resident memory of the process in MiB, with pages that it shares with others (of the `node` program, above all) divided among them. */
  proportionalMb(): number
}

const bin = fileURLToPath(new URL('../../../packages/evenkeel/bin/evenkeel.js', import.meta.url))
const rivals = new URL('../rivals/', import.meta.url)

/** Evenkeel as it is installed: the built packages, not the sources. */
export async function startEvenkeel(name: string, flags: readonly string[] = []): Promise<ServerProcess> {
  const { child, line } = await start([bin, 'serve', '--port', '0', '--admin-port', '0', '--json', ...flags])
  const { url, adminUrl } = JSON.parse(line) as { url: string; adminUrl: string }
  return serverProcess(name, child, { url: `${url}/v1/run`, adminUrl })
}

/** A script that prints its URL, of the pool's `rivals/` unless another folder is given. */
export async function startRival(name: string, folder: URL = rivals): Promise<ServerProcess> {
  const { child, line } = await start(['--no-node-snapshot', fileURLToPath(new URL(`${name}.js`, folder))])
  return serverProcess(name, child, { url: line.trim(), adminUrl: undefined })
}

async function start(args: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, line: line.toString() }
}

function serverProcess(
  name: string,
  child: ChildProcess,
  urls: Pick<ServerProcess, 'url' | 'adminUrl'>,
): ServerProcess {
  const pid = child.pid ?? 0
  return {
    name,
    ...urls,
    pid,
    cpuMs: () => [pid, ...childrenOf(pid)].reduce((sum, each) => sum + cpuMsOf(each), 0),
    residentMb: () => ({ own: residentMbOf(pid), children: childrenOf(pid).map((each) => residentMbOf(each)) }),
    proportionalMb: () =>
      Number(/^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1_024,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  })
}

/** User and system time of a process and of those of its children that are gone; `/proc` gives them in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * 10
}

function residentMbOf(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4) / 1_024
}
