import { resolve } from 'node:path'
import { LabError } from '../errors/lab-error.ts'
import type { VariantFacts } from './comparison-result.ts'
import { checkOut } from './git-checkout.ts'
import { useNodeBinary } from './node-binary.ts'
import { listeningProcesses } from './process-family.ts'
import { startServer, type Server } from './server.ts'
import type { VariantSpec } from './variant-spec.ts'

/** One side of a comparison, laid out and ready to be started. Disposing removes what was laid out, not a started server. */
export interface Side extends AsyncDisposable {
  readonly label: string
  readonly facts: SideFacts
  start(signal: AbortSignal): Promise<Server>
}

type SideFacts = Pick<VariantFacts, 'label' | 'kind' | 'source' | 'versions' | 'revision' | 'command' | 'flags'>

export interface SideOptions {
  readonly label: string
  /** Command of a commit or of a Node binary. */
  readonly command?: string
  readonly setup?: string
  readonly path: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readyTimeoutMs: number
  readonly signal: AbortSignal
}

/** Lays out a side: checks its commit out, finds its binary. */
export async function prepareSide(spec: VariantSpec, options: SideOptions): Promise<Side> {
  switch (spec.kind) {
    case 'url':
      return runningSide(spec.source, options)
    case 'command':
      return startedSide({ ...options, command: spec.source }, { kind: 'command', source: spec.source })
    case 'node':
      return nodeSide(spec.source, options)
    case 'commit':
      return commitSide(spec.source, options)
    case 'result':
      throw new LabError('EK_LAB_COMPARE', `The result "${spec.source}" can only be compared with another result`)
  }
}

/** A server that someone else runs. Its CPU time is known when it listens on this machine. */
function runningSide(url: string, options: SideOptions): Side {
  const target = new URL(url)
  const port = Number(target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : target.port)
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(target.hostname)
  return {
    label: options.label,
    facts: { label: options.label, kind: 'url', source: url, versions: {} },
    start: () =>
      Promise.resolve({
        url,
        pids: isLocal ? listeningProcesses(port) : [],
        died: new Promise<string>(() => undefined),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function nodeSide(binary: string, options: SideOptions): Promise<Side> {
  const command = requiredCommand(options, `node:${binary}`)
  const node = await useNodeBinary(binary, options.cwd, options.env)
  return startedSide(
    { ...options, command, env: node.env(options.env) },
    { kind: 'node', source: node.path, versions: node.versions },
    () => node[Symbol.asyncDispose](),
  )
}

async function commitSide(commit: string, options: SideOptions): Promise<Side> {
  const command = requiredCommand(options, `git:${commit}`)
  const checkout = await checkOut({
    repository: options.cwd,
    commit,
    env: options.env,
    signal: options.signal,
    ...(options.setup === undefined ? {} : { setup: options.setup }),
  })
  return startedSide(
    { ...options, command, cwd: checkout.folder },
    { kind: 'commit', source: commit, revision: checkout.revision },
    () => checkout[Symbol.asyncDispose](),
  )
}

function requiredCommand(options: SideOptions, given: string): string {
  if (options.command !== undefined) return options.command
  throw new LabError('EK_LAB_COMPARE', `"${given}" needs the command that starts the server`, {
    hint: 'add --command "node server.js"',
  })
}

async function startedSide(
  options: SideOptions & { readonly command: string },
  known: Pick<VariantFacts, 'kind' | 'source'> & Partial<Pick<VariantFacts, 'versions' | 'revision'>>,
  dispose: () => PromiseLike<void> = () => Promise.resolve(),
): Promise<Side> {
  const { label, command, path, env, readyTimeoutMs } = options
  const flags = env['NODE_OPTIONS']
  return {
    label,
    facts: {
      ...known,
      label,
      versions: known.versions ?? (await nodeOnPath(options)),
      command,
      ...(flags === undefined ? {} : { flags }),
    },
    start: (signal) => startServer({ label, command, cwd: resolve(options.cwd), env, path, readyTimeoutMs, signal }),
    [Symbol.asyncDispose]: dispose,
  }
}

/** The versions of the `node` that a command would run; none when it runs something else. */
async function nodeOnPath(options: SideOptions & { readonly command: string }): Promise<Record<string, string>> {
  const program = programOf(options.command)
  if (!/(^|\/)(node|npx|npm)$/.test(program)) return {}
  try {
    await using node = await useNodeBinary(/(^|\/)node$/.test(program) ? program : 'node', options.cwd, options.env)
    return { ...node.versions }
  } catch {
    return {}
  }
}

/** The first word of a shell command after its variables: `A=1 "/opt/my node" x` runs `/opt/my node`. */
function programOf(command: string): string {
  const match = /^\s*(?:\w+=(?:"[^"]*"|'[^']*'|\S*)\s+)*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(command)
  return match?.[1] ?? match?.[2] ?? match?.[3] ?? ''
}
