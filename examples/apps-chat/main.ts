/** Runs the chat in two runtimes: everybody in a room hears everybody, once, and who comes later hears what was said. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { runApp } from '@evenkeel/server/apps'
import { WebSocket } from 'ws'

const kept = join(import.meta.dirname, '.evenkeel')
rmSync(kept, { recursive: true, force: true })
const app = await runApp({ file: join(import.meta.dirname, 'app.ts'), instances: 'auto', port: 0, admin: false })
const sockets: WebSocket[] = []

interface Guest {
  readonly socket: WebSocket
  readonly heard: string[]
  hears(count: number): Promise<void>
}

async function enter(name: string, room: string): Promise<Guest> {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/?${new URLSearchParams({ name, room }).toString()}`)
  sockets.push(socket)
  const heard: string[] = []
  socket.on('message', (data: Buffer) => {
    const { name: who, text } = JSON.parse(data.toString()) as { name: string; text: string }
    heard.push(`${who}: ${text}`)
  })
  await once(socket, 'open')
  const hears = async (count: number): Promise<void> => {
    while (heard.length < count) await once(socket, 'message')
  }
  return { socket, heard, hears }
}

try {
  const guests = await Promise.all(['Ada', 'Bob', 'Cyd', 'Dee'].map((name) => enter(name, 'one')))
  const elsewhere = await enter('Eve', 'two')
  for (const [index, { socket }] of guests.entries()) {
    socket.send(`hello ${index}`)
    await Promise.all(guests.map((guest) => guest.hears(index + 1)))
  }
  for (const { heard } of guests)
    assert.deepEqual(heard, ['Ada: hello 0', 'Bob: hello 1', 'Cyd: hello 2', 'Dee: hello 3'])
  const late = await enter('Fay', 'one')
  await late.hears(4)
  assert.deepEqual(late.heard, guests[0]?.heard)
  assert.deepEqual(elsewhere.heard, [])
  console.log(`${guests.length} guests in ${app.pids().length} runtimes heard each other`)
} finally {
  for (const socket of sockets) socket.terminate()
  await app.close()
  rmSync(kept, { recursive: true, force: true })
}
