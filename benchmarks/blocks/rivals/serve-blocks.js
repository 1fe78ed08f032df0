import { createServer } from 'node:http'

/** Serves `{ code, input }` over HTTP: `run` gives the JSON text of the block's result. The same thin front for each rival. */
export function serveBlocks(run) {
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const { code, input } = JSON.parse(Buffer.concat(chunks).toString())
    response.setHeader('content-type', 'application/json')
    try {
      response.end(`{"result":${await run(code, input)}}`)
    } catch (error) {
      response.statusCode = 422
      response.end(JSON.stringify({ error: { message: String(error?.message ?? error) } }))
    }
  })
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`))
}
