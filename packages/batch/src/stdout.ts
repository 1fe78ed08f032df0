export { stdoutTransport, type StdoutTransportOptions } from './file/stdout-transport.ts'
