import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { ProcessGroup } from './process-group.ts'

const run = promisify(execFile)

/** A commit laid out in a folder of its own. Disposing removes the folder; the repository's own work tree is never touched. */
export interface Checkout extends AsyncDisposable {
  readonly folder: string
  /** Full hash. */
  readonly revision: string
}

export interface CheckoutOptions {
  /** Any folder of the repository. */
  readonly repository: string
  /** What `git rev-parse` understands: a hash, a branch, a tag, `HEAD~1`. */
  readonly commit: string
  /** Run in the folder before the server is started, for example `npm ci`. */
  readonly setup?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

/** Lays a commit out beside the repository as a detached work tree, and runs its set-up command. */
export async function checkOut(options: CheckoutOptions): Promise<Checkout> {
  const { repository, commit } = options
  const revision = await git(options, ['rev-parse', '--verify', '--end-of-options', `${commit}^{commit}`])
  const folder = join(await mkdtemp(join(tmpdir(), 'lab-commit-')), 'tree')
  const remove = async (): Promise<void> => {
    await run('git', ['worktree', 'remove', '--force', folder], { cwd: repository }).catch(() => undefined)
    await rm(join(folder, '..'), { recursive: true, force: true })
    await run('git', ['worktree', 'prune'], { cwd: repository }).catch(() => undefined)
  }
  try {
    await git(options, ['worktree', 'add', '--detach', '--force', folder, revision])
    if (options.setup !== undefined) await setUp(folder, options.setup, options)
  } catch (error) {
    await remove()
    throw error
  }
  return { folder, revision, [Symbol.asyncDispose]: remove }
}

async function git(options: CheckoutOptions, args: readonly string[]): Promise<string> {
  try {
    return (await run('git', args, { cwd: options.repository })).stdout.trim()
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() ?? ''
    throw new LabError(
      'EK_LAB_CHECKOUT',
      `The commit "${options.commit}" could not be checked out: ${reason === '' ? messageOf(error) : reason}`,
      { cause: error },
    )
  }
}

async function setUp(folder: string, command: string, options: CheckoutOptions): Promise<void> {
  await using group = await ProcessGroup.start(command, { cwd: folder, env: options.env })
  const stop = (): void => void group.stop()
  options.signal?.addEventListener('abort', stop, { once: true })
  const { code, signal } = await group.exited
  options.signal?.removeEventListener('abort', stop)
  if (code === 0) return
  const how = code === null ? `was ended by ${String(signal)}` : `ended with code ${code}`
  throw new LabError('EK_LAB_CHECKOUT', `The set-up "${command}" of commit "${options.commit}" ${how}: ${group.output}`)
}
