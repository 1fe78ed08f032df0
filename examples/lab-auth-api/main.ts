/** Sends the script's half hour in six seconds and checks that every one of its 302 users came through. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadScript, runLab, runLoad } from '@evenkeel/lab'

const folder = await mkdtemp(join(tmpdir(), 'lab-auth-api-'))
const server = fork(join(import.meta.dirname, 'server.ts'), {
  env: { ...process.env, PORT: '0' },
  silent: true,
  execArgv: [],
})
try {
  const [target] = (await once(server, 'message')) as [string]
  const payload = join(folder, 'payload.csv')
  assert.equal(await runLab(['generate', '--rows', '302', '--fields', 'email,password', '--output', payload]), 0)
  const options = { target, payloadFiles: [payload], timeScale: 300 }
  const script = await loadScript(join(import.meta.dirname, 'loadtest.yml'), options)
  const result = await runLoad({ plan: { kind: 'script', script } })
  assert.deepEqual(result.errors, [])
  assert.equal(result.users.completed, 302)
  assert.deepEqual(result.codes, { 200: 604, 201: 302 })
  assert.equal(result.phases.length, 6)
  const profile = await loadScript(join(import.meta.dirname, 'profile.yml'), { target, solo: true })
  const { codes } = await runLoad({ plan: { kind: 'script', script: profile } })
  assert.deepEqual(codes, { 200: 21, 201: 1 })
  console.log(
    `${result.requests.responses} requests of ${result.users.completed} users in ${result.meta.durationMs} ms`,
  )
} finally {
  server.kill()
  await once(server, 'exit')
  await rm(folder, { recursive: true })
}
