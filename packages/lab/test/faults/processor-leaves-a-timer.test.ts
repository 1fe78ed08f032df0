import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inTemporaryFolder } from '../support/temporary-folder.ts'
import { startServer } from '../support/test-server.ts'

const command = fileURLToPath(new URL('../../bin/evenkeel-lab.js', import.meta.url))

test('a processor that leaves a timer or a connection open does not keep a finished run from ending', async () => {
  await using server = await startServer((_request, response) => response.end('x'))
  await inTemporaryFolder(async (folder) => {
    await writeFile(
      join(folder, 's.yml'),
      `config: { target: '${server.url}', phases: [{ duration: 100ms, arrivalCount: 3 }], processor: ./p.cjs }\nscenarios: [{ flow: [{ get: / }] }]\n`,
    )
    const open = `require('node:net').connect(${server.port}, '127.0.0.1'); setInterval(() => {}, 1000)`
    await writeFile(join(folder, 'p.cjs'), `${open}; module.exports = {}`)
    // Killed when it does not end by itself. On a busy machine the generator is the limit, which is an exit code like any other.
    const ended: { readonly stdout: string; readonly killed?: boolean } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@evenkeel/source', command, 'run', 's.yml', '--json'],
      { cwd: folder, timeout: 60_000, killSignal: 'SIGKILL' },
    ).catch((error: unknown) => error as { readonly stdout: string; readonly killed: boolean })
    assert.notEqual(ended.killed, true)
    // What it prints is there to the last byte.
    assert.equal((JSON.parse(ended.stdout) as { users: { completed: number } }).users.completed, 3)
  })
})
