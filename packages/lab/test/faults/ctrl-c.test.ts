import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readResult } from '../../src/result.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'
import { startServer } from '../support/test-server.ts'

const command = fileURLToPath(new URL('../../bin/evenkeel-lab.js', import.meta.url))

function start(folder: string, argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--conditions=@evenkeel/source', command, ...argv], { cwd: folder, stdio: 'ignore' })
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

async function timeOf(child: ChildProcess): Promise<number> {
  const startMs = performance.now()
  await exitOf(child)
  return performance.now() - startMs
}

async function script(folder: string, target: string, flow: string): Promise<void> {
  const text = `config: { target: '${target}', phases: [{ duration: 600, arrivalRate: 20 }], processor: ./p.cjs }\nscenarios:\n  - flow: [${flow}]\n`
  await writeFile(join(folder, 'p.cjs'), 'module.exports = { hang(context, events, done) {} }')
  await writeFile(join(folder, 's.yml'), text)
}

suite('Ctrl-C', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`${signal} ends a run within 2 s with a partial result and exit code ${code}`, async () => {
      const reached = Promise.withResolvers<void>()
      await using server = await startServer((request, response) => {
        if (request.url === '/ok') response.end('x')
        else reached.resolve()
      })
      await inTemporaryFolder(async (folder) => {
        // Users that pause, that wait for an answer that never comes, and that hang in a hook.
        await script(folder, server.url, '{ get: /ok }, { get: { url: /stall, probability: 50 } }, { think: 500 }')
        const child = start(folder, ['run', 's.yml', '-o', 'r.json', '-q'])
        await reached.promise
        const startMs = performance.now()
        child.kill(signal)
        assert.equal(await exitOf(child), code)
        const tookMs = performance.now() - startMs
        // What a process of the lab takes here to do nothing at all: on a busy machine its end is as slow as its start.
        const nothingMs = await timeOf(start(folder, ['--version']))
        assert.ok(tookMs <= 2000 + nothingMs, `${tookMs} ms, and ${nothingMs} ms for nothing`)
        const result = await readResult(join(folder, 'r.json'))
        assert.equal(result.status, 'partial')
        assert.equal(result.partialReason, `stopped by ${signal}`)
        assert.ok(result.users.interrupted > 0)
        assert.deepEqual(result.errors, [])
      })
    })
  }

  test('a function that never calls back, in every user: the process ends all the same', async () => {
    await inTemporaryFolder(async (folder) => {
      const hung = Promise.withResolvers<void>()
      await using server = await startServer((request, response) => {
        response.end('x')
        if (request.url === '/hung') hung.resolve()
      })
      await script(folder, server.url, '{ get: /ok }, { function: hang }')
      await writeFile(
        join(folder, 'p.cjs'),
        `module.exports = { hang(context, events, done) { require('node:http').get('${server.url}/hung') } }`,
      )
      const child = start(folder, ['run', 's.yml', '-o', 'r.json', '-q'])
      await hung.promise
      const startMs = performance.now()
      child.kill('SIGINT')
      assert.equal(await exitOf(child), 130)
      // A limit of 30 s is what such a function has in a run that goes on.
      assert.ok(performance.now() - startMs < 15_000)
      assert.ok((await readResult(join(folder, 'r.json'))).users.interrupted > 0)
    })
  })

  test('a second one ends the process at once', async () => {
    const reached = Promise.withResolvers<void>()
    await using server = await startServer((_request, response) => {
      response.end('x')
      reached.resolve()
    })
    await inTemporaryFolder(async (folder) => {
      await script(folder, server.url, '{ get: /ok }, { function: hang }')
      const child = start(folder, ['run', 's.yml', '-o', 'r.json', '-q'])
      await reached.promise
      child.kill('SIGINT')
      const exit = exitOf(child)
      const again = setInterval(() => child.kill('SIGINT'), 50)
      assert.equal(await exit, 130)
      clearInterval(again)
      await assert.rejects(readResult(join(folder, 'r.json')), { code: 'EK_LAB_RESULT_READ' })
    })
  })
})
