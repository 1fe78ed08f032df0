/** Names the app that a call from another app is for. What a visitor sends of it is dropped. */
export const siblingHeader = 'x-evenkeel-app'

/** Socket of the gateway in the folder of the runtimes' sockets. */
export const siblingSocket = 'gateway.sock'
