import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { readResult } from '../../src/result.ts'
import { runCommand } from '../support/run-command.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'
import { freePort, readBody, startServer } from '../support/test-server.ts'

suite('evenkeel-lab quick', () => {
  test('sends a number of requests and prints their latency', async () => {
    const seen = new Set<string>()
    await using server = await startServer(async (request, response) => {
      seen.add(`${request.method ?? ''} ${String(request.headers['x-a'])} ${await readBody(request)}`)
      response.end('ok')
    })
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'body.json'), '{"a":1}')
      const argv = [
        'quick',
        server.url,
        '-c',
        '4',
        '-n',
        '200',
        '-H',
        'X-A: b',
        '--body-file',
        'body.json',
        '-o',
        'r.json',
      ]
      const { exitCode, stdout } = await runCommand(argv, { cwd: folder })
      assert.equal(exitCode, 0, stdout)
      assert.match(stdout, /200 sent, 200 answered, 0 failed/)
      assert.deepEqual([...seen], ['POST b {"a":1}'])
      assert.equal((await readResult(join(folder, 'r.json'))).meta.kind, 'quick')
    })
  })

  test('a status that is not expected fails the run', async () => {
    await using server = await startServer((_request, response) => void response.writeHead(404).end())
    const { exitCode, stdout } = await runCommand(['quick', server.url, '-n', '10', '--expect', '200', '-q'], {
      cwd: '.',
    })
    assert.equal(exitCode, 1)
    assert.match(stdout, /failed {2}status is 200 \(0 passed, 10 failed\), got 404 \(10\)/)
  })

  test('a server that is down ends with 1, and is not asked in a busy loop', async () => {
    const { exitCode, stdout } = await runCommand(
      ['quick', `127.0.0.1:${await freePort()}`, '-c', '2', '-d', '300ms', '-q', '--json'],
      { cwd: '.' },
    )
    assert.equal(exitCode, 1)
    const { requests } = JSON.parse(stdout) as { requests: { sent: number; failed: number } }
    assert.ok(requests.failed > 0 && requests.sent < 200, JSON.stringify(requests))
  })

  test('what is no address is refused with 2', async () => {
    const { exitCode, stderr } = await runCommand(['quick', 'ftp://x.test', '-n', '1'], { cwd: '.' })
    assert.equal(exitCode, 2)
    assert.match(stderr, /EK_LAB_PLAN.*"ftp:\/\/x\.test" is no http or https address/)
  })

  test('a header or a method that cannot be sent is refused with 2, the value unsaid', async () => {
    for (const [args, pattern] of [
      [['-H', 'x-key: 日本'], /EK_LAB_PLAN: The header "x-key" cannot be sent/],
      [['-H', 'x key: 1'], /EK_LAB_PLAN: The header "x key" cannot be sent/],
      [['--method', 'GE T'], /EK_LAB_PLAN: "GE T" is no HTTP method/],
    ] as const) {
      const { exitCode, stderr } = await runCommand(['quick', 'http://127.0.0.1:1/', '-n', '1', ...args], { cwd: '.' })
      assert.equal(exitCode, 2)
      assert.match(stderr, pattern)
      assert.doesNotMatch(stderr, /日本/)
    }
  })

  test('stops at once when interrupted, with what it has', async () => {
    await using server = await startServer((_request, response) => response.end('ok'))
    const controller = new AbortController()
    const running = runCommand(['quick', server.url, '-d', '60s', '--json', '-q'], {
      cwd: '.',
      signal: controller.signal,
    })
    setTimeout(() => controller.abort('SIGINT'), 150)
    const { exitCode, stdout } = await running
    assert.equal(exitCode, 130)
    assert.equal((JSON.parse(stdout) as { status: string }).status, 'partial')
  })
})
