/**
 * What gateway and runtime say to each other about a WebSocket, as text of pings, which keep their place among the messages. An app
 * cannot send such pings.
 */
export const socketMarks = {
  /** From the gateway: say of each message of a topic which one it is. Answered with the same. */
  tag: 'evenkeel:tag',
  /** From the gateway: that is not needed any more. */
  untag: 'evenkeel:untag',
  /** From the gateway: give the WebSocket up once everything that came is answered. */
  move: 'evenkeel:move',
  /** From the runtime: the app's `open` was called. */
  opened: 'evenkeel:opened',
  /** From the runtime, with an id after it: the next message is this one of a topic. */
  topic: 'evenkeel:topic ',
} as const

/** Of an opening request: the WebSocket comes from another runtime. What a visitor sends of it is dropped. */
export const movingHeader = 'x-evenkeel-moving'
