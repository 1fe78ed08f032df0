import { createServer } from 'node:net'

/** Answers every request head with the same few bytes: the least that a server can do, so that only the generator is measured. */
const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok')
const endOfHead = '\r\n\r\n'

const server = createServer({ noDelay: true }, (socket) => {
  let rest = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    rest += chunk
    for (let end = rest.indexOf(endOfHead); end !== -1; end = rest.indexOf(endOfHead)) {
      rest = rest.slice(end + endOfHead.length)
      socket.write(answer)
    }
  })
  socket.on('error', () => socket.destroy())
})

server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.on('disconnect', () => process.exit())
