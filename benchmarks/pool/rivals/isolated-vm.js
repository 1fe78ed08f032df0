/** isolated-vm as many use it: four isolates in the server's own process, a new context for each block. */
import { createServer } from 'node:http'
import ivm from 'isolated-vm'

const isolates = Array.from({ length: 4 }, () => new ivm.Isolate({ memoryLimit: 128 }))
let next = 0

/** What contexts leave behind is only freed by a collection, and an isolate can reach its limit first: it is then replaced. */
async function newContext() {
  const index = next++ % isolates.length
  try {
    return await isolates[index].createContext()
  } catch {
    isolates[index] = new ivm.Isolate({ memoryLimit: 128 })
    return isolates[index].createContext()
  }
}

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const { code, input } = JSON.parse(Buffer.concat(chunks).toString())
  const context = await newContext()
  try {
    const source = `JSON.stringify((function (input) { ${code}\n})(JSON.parse($0)))`
    const result = await context.evalClosure(`return ${source}`, [JSON.stringify(input)], { timeout: 5_000 })
    response.end(`{"result":${result}}`)
  } catch (error) {
    response.statusCode = 422
    response.end(JSON.stringify({ error: error.message }))
  } finally {
    try {
      context.release()
    } catch {
      // The isolate is gone.
    }
  }
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`))
process.on('SIGTERM', () => process.kill(process.pid, 'SIGKILL'))
