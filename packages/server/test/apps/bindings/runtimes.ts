import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const fixture = fileURLToPath(new URL('./fixtures/adding.ts', import.meta.url))

/** Starts processes that add at once, and resolves to the sums each of them saw. Ends them all, whatever happens. */
export async function addFromProcesses(
  count: number,
  options: { readonly config: object; readonly app: string; readonly dataDir: string; readonly times: number },
): Promise<readonly (readonly number[])[]> {
  const children = Array.from({ length: count }, (_, index) =>
    spawn(
      process.execPath,
      ['--conditions=@evenkeel/source', fixture, JSON.stringify({ ...options, name: String(index) })],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    ),
  )
  try {
    const outputs = children.map((child) => {
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
      return () => text
    })
    const closed = children.map((child) => once(child, 'close'))
    await Promise.all(
      children.map((child) =>
        Promise.race([
          once(child.stdout, 'data'),
          once(child, 'close').then(() => assert.fail('a process ended early')),
        ]),
      ),
    )
    for (const child of children) child.stdin.write('go\n')
    await Promise.all(closed)
    assert.deepEqual(
      children.map(({ exitCode }) => exitCode),
      children.map(() => 0),
    )
    return outputs.map((output) => JSON.parse(output().split('\n')[1] ?? '') as number[])
  } finally {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  }
}
