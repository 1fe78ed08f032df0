import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFlow } from '../support/run-flow.ts'
import { startTcpServer } from '../support/test-server.ts'

test("a server that sends garbage: the parser's code, and the next user is not affected", async () => {
  let connections = 0
  await using server = await startTcpServer((socket) =>
    socket.once('data', () => {
      if (++connections === 1) socket.end('220 smtp.example.com ESMTP\r\n\r\n')
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    }),
  )
  const result = await runFlow(server.url, [{ get: { url: '/' } }], {
    config: { phases: [{ duration: '300ms', arrivalCount: 2 }] },
  })
  assert.equal(result.users.failed, 1)
  assert.equal(result.users.completed, 1)
  assert.match(result.errors[0]?.code ?? '', /^HPE_/)
})
