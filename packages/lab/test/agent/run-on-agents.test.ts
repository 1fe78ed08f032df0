import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isLabError, loadScript, type LoadProgress, type RunLoadOptions } from '../../src/index.ts'
import { AgentService } from '../../src/agent/agent-service.ts'
import { serveHttpAgent, type RunningAgent } from '../../src/agent/http-agent.ts'
import { httpLink } from '../../src/agent/http-link.ts'
import { serveNatsAgent } from '../../src/agent/nats-agent.ts'
import { natsLinks } from '../../src/agent/nats-link.ts'
import type { AgentLink } from '../../src/agent/protocol.ts'
import { runOnAgents } from '../../src/agent/run-on-agents.ts'
import { LatencyHistogram } from '../../src/result.ts'
import { natsSkip, natsUrl } from '../support/nats.ts'
import { until } from '../support/processes.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

interface Stand {
  readonly options: RunLoadOptions
  /** Rows that reached the server, in order. */
  readonly emails: string[]
  readonly paths: string[]
}

/** A server, and a script that sends it `arrivals` users within `seconds`, each with a row of its own. */
async function withStand(
  load: { readonly arrivals: number; readonly seconds: number },
  body: (stand: Stand) => Promise<void>,
): Promise<void> {
  const emails: string[] = []
  const paths: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    paths.push(url.pathname)
    const email = url.searchParams.get('email')
    if (email !== null) emails.push(email)
    response.end('{"token":"t"}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    await inTemporaryFolder(async (folder) => {
      await writeFile(
        join(folder, 'users.csv'),
        Array.from({ length: load.arrivals }, (_, row) => `user${row}@example.test`).join('\n'),
      )
      await writeFile(join(folder, 'script.json'), JSON.stringify(scriptOf(port, load)))
      const script = await loadScript(join(folder, 'script.json'))
      await body({ options: { plan: { kind: 'script', script }, name: 'shared' }, emails, paths })
    })
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

function scriptOf(
  port: number,
  { arrivals, seconds }: { readonly arrivals: number; readonly seconds: number },
): unknown {
  return {
    config: {
      target: `http://127.0.0.1:${port}`,
      phases: [{ duration: seconds, arrivalCount: arrivals, name: 'load' }],
      payload: { path: 'users.csv', fields: ['email'], order: 'unique' },
      plugins: { ensure: { thresholds: [{ 'http.response_time.p95': 60_000 }] } },
      healthLimits: { sendLagMs: 60_000, achievedPercent: 1 },
    },
    before: { flow: [{ post: { url: '/login', capture: { json: '$.token', as: 'token' } } }] },
    scenarios: [{ flow: [{ get: { url: '/hello', qs: { email: '{{ email }}', token: '{{ token }}' } } }] }],
  }
}

async function withHttpAgents(
  count: number,
  body: (agents: {
    readonly links: AgentLink[]
    readonly running: RunningAgent[]
    readonly services: AgentService[]
  }) => Promise<void>,
  leaseMs = 15_000,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const services: AgentService[] = []
  const running: RunningAgent[] = []
  const links: AgentLink[] = []
  for (let index = 0; index < count; index++) {
    const service = stack.use(new AgentService({ workers: 1, leaseMs }))
    const agent = await serveHttpAgent({ service, host: '127.0.0.1', port: 0, token: 'secret' })
    services.push(service)
    running.push(stack.use(agent))
    links.push(stack.use(httpLink(agent.address, 'secret')))
  }
  await body({ links, running, services })
}

test('two agents send one plan: every arrival once, every row once, `before` once, results added exactly', async () => {
  await withStand({ arrivals: 40, seconds: 2 }, async ({ options, emails, paths }) => {
    await withHttpAgents(2, async ({ links, services }) => {
      const progress: LoadProgress[] = []
      const result = await runOnAgents({ ...options, onProgress: (each) => progress.push(each) }, { links })
      assert.equal(result.status, 'complete', String(result.partialReason))
      assert.equal(result.users.created, 40)
      assert.equal(result.users.completed, 40)
      assert.equal(result.plan.intendedArrivals, 40)
      assert.equal(new Set(emails).size, 40)
      assert.equal(emails.length, 40)
      assert.equal(paths.filter((path) => path === '/login').length, 1)
      assert.equal(LatencyHistogram.decode(result.latency.latency).count, 40)
      assert.deepEqual(
        result.meta.generators.map((each) => [each.shareIndex, each.shareCount]),
        [
          [0, 2],
          [1, 2],
        ],
      )
      assert.deepEqual(
        result.checks.map((check) => check.status),
        ['passed'],
      )
      assert.doesNotMatch(result.warnings.join(), /did not start together/)
      assert.ok(progress.length > 0)
      for (const service of services) assert.equal((await info(service)).state, 'idle')
    })
  })
})

async function info(service: AgentService): Promise<{ readonly state: string }> {
  const answer = await service.answer({ method: 'info', params: {} })
  assert.ok(answer.ok)
  return answer.value as { readonly state: string }
}

test('the same over a NATS server', { skip: await natsSkip() }, async () => {
  await withStand({ arrivals: 30, seconds: 1 }, async ({ options, emails }) => {
    const group = `test-${process.pid}`
    await using stack = new AsyncDisposableStack()
    for (let index = 0; index < 2; index++) {
      const service = stack.use(new AgentService({ workers: 1 }))
      stack.use(await serveNatsAgent({ service, url: natsUrl, group, token: 'secret' }))
    }
    await assert.rejects(
      natsLinks({ url: natsUrl, group, token: 'wrong', count: 2, waitMs: 300 }),
      (error) => isLabError(error) && /0 of 2 agents/.test(error.message),
    )
    const links = await natsLinks({ url: natsUrl, group, token: 'secret', count: 2 })
    for (const link of links) stack.use(link)
    const result = await runOnAgents(options, { links })
    assert.equal(result.status, 'complete', String(result.partialReason))
    assert.equal(result.users.completed, 30)
    assert.equal(new Set(emails).size, 30)
  })
})

test('an agent that is lost makes the result partial; what the others measured is kept', async () => {
  await withStand({ arrivals: 30, seconds: 3 }, async ({ options, paths }) => {
    await withHttpAgents(2, async ({ links, running, services }) => {
      const sending = runOnAgents(options, { links, patienceMs: 500 })
      await until(() => paths.includes('/hello'), 'the load is under way')
      await running[1]?.[Symbol.asyncDispose]()
      await services[1]?.[Symbol.asyncDispose]()
      const result = await sending
      assert.equal(result.status, 'partial')
      assert.match(result.partialReason ?? '', /1 of 2 agents were lost: .*cannot be reached/)
      assert.equal(result.users.created, 15)
    })
  })
})

test('Ctrl-C reaches the agents, and the part that was measured comes back', async () => {
  await withStand({ arrivals: 600, seconds: 60 }, async ({ options, paths }) => {
    await withHttpAgents(2, async ({ links, services }) => {
      const controller = new AbortController()
      const sending = runOnAgents({ ...options, signal: controller.signal }, { links })
      await until(() => paths.filter((path) => path === '/hello').length > 3, 'the load is under way')
      controller.abort('SIGINT')
      const result = await sending
      assert.equal(result.status, 'partial')
      assert.ok(result.users.created > 0 && result.users.created < 600)
      for (const service of services) assert.equal((await info(service)).state, 'idle')
    })
  })
})

test('an agent works for one coordinator at a time, and is free again when that one falls silent', async () => {
  await withHttpAgents(
    1,
    async ({ links, services }) => {
      const [link] = links
      const [service] = services
      assert.ok(link !== undefined && service !== undefined)
      await link.call('begin', { run: 'first' })
      await assert.rejects(
        link.call('begin', { run: 'second' }),
        (error) => isLabError(error) && /taken by another run/.test(error.message),
      )
      await assert.rejects(
        link.call('poll', { run: 'second' }),
        (error) => isLabError(error) && error.code === 'EK_LAB_AGENT_RUN',
      )
      await until(async () => (await info(service)).state === 'idle', 'the lease is over')
      await link.call('begin', { run: 'second' })
    },
    200,
  )
})

test('a wrong token, another path and garbage are refused', async () => {
  await withHttpAgents(1, async ({ running }) => {
    const address = running[0]?.address ?? ''
    const post = (headers: Record<string, string>, body: string, path = '/v1/call') =>
      fetch(`${address}${path}`, {
        method: 'POST',
        headers: { connection: 'close', 'content-type': 'application/json', ...headers },
        body,
      })
    assert.equal((await post({}, '{"method":"info"}')).status, 401)
    assert.equal((await post({ authorization: 'Bearer wrong' }, '{"method":"info"}')).status, 401)
    const right = { authorization: 'Bearer secret' }
    assert.equal((await post(right, '{"method":"info"}', '/')).status, 404)
    assert.equal((await post({ ...right, 'content-type': 'text/plain' }, '{"method":"info"}')).status, 415)
    assert.equal((await post(right, 'x'.repeat(3_000_000))).status, 413)
    for (const body of ['', 'null', '[]', '{"method":"constructor"}', '{"method":"start","params":null}'])
      assert.equal(((await (await post(right, body)).json()) as { ok: boolean }).ok, false, body)
    await using link = httpLink(address, 'wrong')
    await assert.rejects(link.call('info', {}), /The token is missing or wrong/)
  })
})

test('beyond this machine an agent needs a token', async () => {
  await using service = new AgentService({ workers: 1 })
  const refuses = (start: Promise<unknown>) =>
    assert.rejects(start, (error) => isLabError(error) && error.code === 'EK_LAB_AGENT_TOKEN')
  await refuses(serveHttpAgent({ service, host: '0.0.0.0', port: 0, token: undefined }))
  await refuses(serveHttpAgent({ service, host: '::', port: 0, token: '' }))
  await refuses(serveNatsAgent({ service, url: 'nats://broker.test:4222', group: 'g', token: undefined }))
})

test('a script that an agent cannot load is reported before anything is sent', async () => {
  await withStand({ arrivals: 2, seconds: 1 }, async ({ options, paths }) => {
    await withHttpAgents(1, async ({ links }) => {
      const { plan } = options
      assert.ok(plan.kind === 'script')
      const broken = { ...plan.script, origin: { ...plan.script.origin, options: { environment: 'nowhere' } } }
      await assert.rejects(
        runOnAgents({ ...options, plan: { kind: 'script', script: broken } }, { links }),
        (error) => isLabError(error) && error.code === 'EK_LAB_SCRIPT_INVALID' && /nowhere/.test(error.message),
      )
      assert.equal(paths.includes('/hello'), false)
    })
  })
})
