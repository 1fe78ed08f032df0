// A server on 127.0.0.1:PORT with a given amount of work for each request: node work.host.ts <rounds>
import { createServer } from 'node:http'

const rounds = Number(process.argv[2] ?? 0)
let sink = 0

createServer((_request, response) => {
  for (let round = 0; round < rounds; round++) sink += Math.sqrt(round)
  response.end(`{"sink":${sink > 0}}`)
}).listen(Number(process.env.PORT), '127.0.0.1')
