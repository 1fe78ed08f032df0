import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { LabError, messageOf } from '../errors/lab-error.ts'

const run = promisify(execFile)

/** A Node binary made the `node` of a command. */
export interface NodeBinary extends AsyncDisposable {
  readonly path: string
  readonly versions: Readonly<Record<string, string>>
  /** An environment in which `node` is this binary. */
  env(base: Readonly<Record<string, string | undefined>>): Record<string, string | undefined>
}

/** Asks the binary for its versions and puts a link to it before everything else on the path. */
export async function useNodeBinary(
  given: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<NodeBinary> {
  const path = given.includes('/') ? resolve(cwd, given) : given
  const versions = await versionsOf(path, given, env)
  const folder = await mkdtemp(join(tmpdir(), 'lab-node-'))
  await symlink(versions.path, join(folder, 'node'))
  return {
    path: versions.path,
    versions: { node: versions.node, v8: versions.v8 },
    env: (base) => ({ ...base, PATH: `${folder}${delimiter}${base['PATH'] ?? ''}` }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

interface Answer {
  readonly path: string
  readonly node: string
  readonly v8: string
}

const question = 'JSON.stringify({ path: process.execPath, node: process.versions.node, v8: process.versions.v8 })'

async function versionsOf(
  path: string,
  given: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Answer> {
  try {
    return JSON.parse((await run(path, ['-p', question], { timeout: 20_000, env })).stdout) as Answer
  } catch (error) {
    throw new LabError('EK_LAB_COMPARE', `"${given}" is no Node binary that runs here: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
