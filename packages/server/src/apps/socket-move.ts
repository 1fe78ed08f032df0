/** Text of the ping that asks a runtime to give up a WebSocket once it has answered what it has. */
export const moveMark = 'evenkeel:move'
