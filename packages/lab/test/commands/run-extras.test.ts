import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readResult } from '../../src/result.ts'
import { until } from '../support/processes.ts'
import { runCommand } from '../support/run-command.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

interface Stand {
  readonly cwd: string
  readonly hooks: string[]
}

/** A server that takes the load and the markers, and a script for it. */
async function withStand(seconds: number, body: (stand: Stand) => Promise<void>): Promise<void> {
  const hooks: string[] = []
  const server = createServer((request, response) => {
    if (request.url === '/hook') {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => hooks.push(text))
    }
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const target = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const script = {
    config: {
      target,
      phases: [{ duration: seconds, arrivalCount: seconds * 5 }],
      healthLimits: { sendLagMs: 60_000, achievedPercent: 1 },
      markers: [
        { on: 'start', url: `${target}/hook`, json: { deployment: { changelog: '{{ run.name }} start' } } },
        {
          on: 'stop',
          url: `${target}/hook`,
          json: { deployment: { changelog: 'stop', requests: '{{ run.result.http.requests }}' } },
        },
      ],
    },
    scenarios: [{ name: 'flow', flow: [{ get: { url: '/' } }] }],
  }
  try {
    await inTemporaryFolder(async (cwd) => {
      await writeFile(join(cwd, 'script.json'), JSON.stringify(script))
      await body({ cwd, hooks })
    })
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

test('a run sets its markers, writes its reports and shows the markers in them', async () => {
  await withStand(1, async ({ cwd, hooks }) => {
    const args = [
      'run',
      'script.json',
      '-o',
      'result.json',
      '--html',
      'run.html',
      '--junit',
      'run.xml',
      '--name',
      'nightly',
      '-q',
    ]
    const { exitCode, stderr } = await runCommand(args, { cwd })
    assert.equal(exitCode, 0, stderr)
    assert.deepEqual(
      hooks.map((text) => JSON.parse(text) as unknown),
      [{ deployment: { changelog: 'nightly start' } }, { deployment: { changelog: 'stop', requests: 5 } }],
    )
    const result = await readResult(join(cwd, 'result.json'))
    assert.deepEqual(
      result.markers.map((marker) => marker.kind),
      ['start', 'stop'],
    )
    const page = await readFile(join(cwd, 'run.html'), 'utf8')
    assert.match(page, /load test started/)
    assert.match(await readFile(join(cwd, 'run.xml'), 'utf8'), /<testsuite name="nightly"/)
  })
})

test('--watch serves the report while the load runs, and is gone afterwards', async () => {
  await withStand(3, async ({ cwd }) => {
    let url: string | undefined
    const running = runCommand(['run', 'script.json', '--watch', '-q'], {
      cwd,
      onOutput: (text) => (url ??= /live report: (\S+)/.exec(text)?.[1]),
    })
    await until(() => url !== undefined, 'the address is told')
    await until(async () => (await page(url ?? '')).includes('Concurrent users and arrivals'), 'the page has charts')
    assert.equal((await running).exitCode, 0)
    await assert.rejects(page(url ?? ''))
  })
})

async function page(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text()
}

test('agents are started and used from the command line', async () => {
  await withStand(1, async ({ cwd }) => {
    const controller = new AbortController()
    let address: string | undefined
    const agent = runCommand(['agent', '--listen', '127.0.0.1:0', '--workers', '2', '--token', 's'], {
      cwd,
      signal: controller.signal,
      onOutput: (text) => (address ??= /workers at (\S+)/.exec(text)?.[1]),
    })
    await until(() => address !== undefined, 'the agent listens')
    const args = ['run', 'script.json', '--agents', address ?? '', '--token', 's', '-q', '-o', 'result.json']
    const { exitCode, stderr } = await runCommand(args, { cwd })
    assert.equal(exitCode, 0, stderr)
    const result = await readResult(join(cwd, 'result.json'))
    assert.equal(result.users.completed, 5)
    assert.equal(result.meta.generators.length, 2)
    assert.equal(result.markers.length, 2)
    controller.abort('SIGTERM')
    assert.equal((await agent).exitCode, 0)
  })
})

test('wrong addresses, ports and groups are refused with what they take', async () => {
  await withStand(1, async ({ cwd }) => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['run', 'script.json', '--agents', 'ftp://x'], /--agents takes http:\/\//],
      [['run', 'script.json', '--agents', 'nats://127.0.0.1:4222'], /--agent-count/],
      [['run', 'script.json', '--watch', 'soon'], /--watch takes a port, received "soon"/],
      [['agent', '--listen', 'nowhere'], /--listen must be host:port/],
      [['agent', '--listen', '0.0.0.0:0'], /EK_LAB_AGENT_TOKEN/],
      [['agent', '--nats', 'http://x'], /--nats must be nats:/],
      [['agent', '--nats', 'nats://127.0.0.1:4222', '--group', 'a.b'], /cannot be the name of a group/],
    ]
    for (const [args, pattern] of cases) {
      const { exitCode, stderr } = await runCommand(args, { cwd })
      assert.equal(exitCode, 2, `${args.join(' ')}: ${stderr}`)
      assert.match(stderr, pattern)
    }
  })
})

test('an agent that is not there is an error of the system', async () => {
  await withStand(1, async ({ cwd }) => {
    const { exitCode, stderr } = await runCommand(['run', 'script.json', '--agents', 'http://127.0.0.1:1', '-q'], {
      cwd,
    })
    assert.equal(exitCode, 1)
    assert.match(stderr, /EK_LAB_AGENT: The agent at http:\/\/127\.0\.0\.1:1\/v1\/call cannot be reached/)
  })
})
