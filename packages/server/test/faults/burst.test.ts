/** From nothing to 200 requests at once: what was made ahead serves the first, nobody waits for the start of a process. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostPids } from '../support/hosts.ts'
import { startTestServer, until, type ApiAnswer, type TestServer } from '../support/test-server.ts'

const hosts = 2
const callers = 200

async function stocked(server: TestServer): Promise<void> {
  await until(
    async () => (await server.admin('GET', '/admin/hosts')).body.hosts as { stock: number; state: string }[],
    (list) => list.every(({ state, stock }) => state === 'ready' && stock >= 2),
  )
}

function burst(server: TestServer, tokens: readonly string[]): Promise<ApiAnswer[]> {
  return Promise.all(
    Array.from({ length: callers }, (_, number) =>
      server.ask('POST', '/v1/run', {
        token: tokens[number % tokens.length] ?? '',
        body: { code: 'return input', input: number },
      }),
    ),
  )
}

for (const tenants of [1, 40])
  test(`a burst of ${tenants} tenants is answered by the hosts that are there`, async () => {
    await using server = await startTestServer({ blocks: { hosts, spares: 1 } })
    const tokens = await Promise.all(Array.from({ length: tenants }, async () => (await server.token()).token))
    await stocked(server)
    const before = await hostPids(server)
    const answers = await burst(server, tokens)
    const served = answers.filter(({ status }, number) => status === 200 && answers[number]?.body.result === number)
    // A machine that is busy with other things serves a burst too slowly to keep all of it.
    for (const { status, headers } of answers)
      if (status !== 200) assert.ok([429, 503].includes(status) && Number(headers.get('retry-after')) > 0)
    assert.equal(served.length, answers.filter(({ status }) => status === 200).length)
    assert.ok(served.length >= hosts * 2, `${served.length} served`)
    assert.deepEqual(new Set(await hostPids(server)), new Set(before), 'no process was started for it')
    const cold = served.filter(({ body }) => body.usage.start === 'cold').length
    // Two heaps are made ahead in each host; one tenant needs no more, later ones of many need their own.
    assert.ok(cold <= (tenants === 1 ? 0 : served.length - 2 * hosts), `${cold} cold starts`)
  })
