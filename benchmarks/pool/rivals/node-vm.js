/** node:vm in the server's own process, a new context for each block: no boundary, the price of a context in plain Node. */
import { createServer } from 'node:http'
import vm from 'node:vm'

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const { code, input } = JSON.parse(Buffer.concat(chunks).toString())
  try {
    const result = vm.runInNewContext(
      `JSON.stringify((function (input) { ${code}\n})(input))`,
      { input },
      { timeout: 5_000 },
    )
    response.end(`{"result":${result}}`)
  } catch (error) {
    response.statusCode = 422
    response.end(JSON.stringify({ error: error.message }))
  }
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`))
process.on('SIGTERM', () => process.exit(0))
