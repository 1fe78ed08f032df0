import type { Peer } from './peer.host.ts'

/** Sends to the other runtimes of the app. */
export type PublishElsewhere = (topic: string, message: string | Uint8Array, id: string) => void

/** Who has subscribed to what in this runtime. */
export class Topics {
  readonly #peers = new Map<string, Set<Peer>>()
  readonly #topics = new Map<Peer, Set<string>>()
  readonly #elsewhere: PublishElsewhere
  #published = 0

  constructor(elsewhere: PublishElsewhere) {
    this.#elsewhere = elsewhere
  }

  subscribe(topic: string, peer: Peer): void {
    entry(this.#peers, topic).add(peer)
    entry(this.#topics, peer).add(topic)
  }

  unsubscribe(topic: string, peer: Peer): void {
    const peers = this.#peers.get(topic)
    peers?.delete(peer)
    if (peers?.size === 0) this.#peers.delete(topic)
    this.#topics.get(peer)?.delete(topic)
  }

  forget(peer: Peer): void {
    for (const topic of this.#topics.get(peer) ?? []) this.unsubscribe(topic, peer)
    this.#topics.delete(peer)
  }

  /** To all subscribers in all runtimes, but for the sender. */
  publish(topic: string, message: string | Uint8Array, sender?: Peer): void {
    this.#published += 1
    const id = `${process.pid}.${this.#published}`
    this.deliver(topic, message, id, sender)
    this.#elsewhere(topic, message, id)
  }

  /** To the subscribers in this runtime. */
  deliver(topic: string, message: string | Uint8Array, id: string, sender?: Peer): void {
    for (const peer of this.#peers.get(topic) ?? []) if (peer !== sender) peer.deliver(message, id)
  }
}

function entry<Key, Value>(map: Map<Key, Set<Value>>, key: Key): Set<Value> {
  const found = map.get(key)
  if (found !== undefined) return found
  const created = new Set<Value>()
  map.set(key, created)
  return created
}
