export { fileTransport, type FileTransportOptions } from './file/file-transport.ts'
